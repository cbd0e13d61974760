/* SPDX-License-Identifier: MIT */
/* What is done with records alone: the operations of the mode crypto. */
#include "ktls-bench/work.h"

const struct work_row work_rows[WORKS] = {
	[WORK_SEAL] = { .name = "seal", .title = "seal", .has_places = true },
	[WORK_OPEN] = { .name = "open", .title = "open", .opens = true, .has_places = true },
	[WORK_SEAL_BATCH] = { .name = "seal-batch", .title = "seal in batches", .is_batch = true },
	[WORK_OPEN_BATCH] = { .name = "open-batch", .title = "open in batches", .opens = true, .is_batch = true },
	[WORK_SETUP] = { .name = "setup", .title = "key set-up", .is_batch = true },
	[WORK_REKEY] = { .name = "rekey", .title = "rekey", .is_batch = true },
};
