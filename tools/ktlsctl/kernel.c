/* SPDX-License-Identifier: MIT */
/* What the kernel's files say about its TLS. */
#include <string.h>

#include "kernel.h"

static void gather_config(const struct sysroot *root, struct kernel_view *view)
{
	struct kconfig config;

	view->config_err = kconfig_load(root, view->release, &config);
	memcpy(view->config_source, config.source, sizeof(view->config_source));
	if (view->config_err)
		return;
	view->config_tls = kconfig_get(config.text, config.len, "CONFIG_TLS");
	view->config_tls_device = kconfig_get(config.text, config.len, "CONFIG_TLS_DEVICE");
	view->config_tls_toe = kconfig_get(config.text, config.len, "CONFIG_TLS_TOE");
	kconfig_free(&config);
}

static int gather_module(const struct sysroot *root, struct kernel_view *view)
{
	int ret = module_look(root, view->release, "tls", &view->module);

	view->module.config = view->config_tls;
	/* Both come and go with the module; neither is a file of sysfs. */
	view->module.at_work = !view->stat_err || (!view->ulp_err && ulp_has(&view->ulps, "tls"));
	view->module_state = module_judge(&view->module);
	return ret;
}

int kernel_view_gather(const struct sysroot *root, struct kernel_view *view)
{
	int ret;

	*view = (struct kernel_view){ 0 };
	ret = sysroot_release(root, view->release);
	if (ret)
		return ret;
	gather_config(root, view);
	view->stat_err = tls_stat_read(root, &view->stat);
	view->ulp_err = ulp_read(root, &view->ulps);
	return gather_module(root, view);
}
