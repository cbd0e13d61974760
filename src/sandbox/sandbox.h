/* SPDX-License-Identifier: MIT */
/* What a process gives up before it reads the first byte of a peer. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

/* Each allows less than the one before. */
enum sandbox_stage {
	SANDBOX_HANDSHAKE,	/* libssl speaks to the peer, and the connection is handed over */
	SANDBOX_RELAY,		/* data crosses, the report is written, the process ends */
};

/* What a run still has to do, beyond that. What is not asked for is refused. */
struct sandbox_needs {
	bool unfiltered;	/* nobody knows what the handshake takes, as where a provider not of OpenSSL's own has a part in it */
	bool redial;		/* another connection may be made when the handshake has failed */
	bool replace_file;	/* a temporary file, open already, takes its name at the end */
	bool remove_file;	/* a file that was made before is removed when the handshake has failed */
	pid_t child;		/* started before, with a group of its own: both are signalled, and it is waited for; 0: there is none */
};

/* What is in effect. Zero-initialised: nothing. */
struct sandbox_state {
	bool entered;			/* a stage, whatever came of it */
	bool seccomp;			/* system calls are filtered, as the last stage entered says */
	bool capabilities_dropped;	/* none is left in any set of the process */
	bool no_new_privs;
	char why[160];			/* what the system refused, for people; "" if nothing */
};

/* Why this build never has a filter: sanitizers do what it must forbid. NULL: it can have one. */
const char *sandbox_impossible(void);

/*
 * Enters @stage: at the first call the capabilities go, too, whoever the user is; the user stays. Neither can be taken back. Files that are to
 * be read or written later must be open by now. Called where there is one thread: capabilities are a thread's own, but the filter is put on all
 * threads, and those started later have both. What a system refuses is in state->why, and no failure: the run is as safe as it was before there was
 * a sandbox.
 */
void sandbox_enter(struct sandbox_state *state, enum sandbox_stage stage, const struct sandbox_needs *needs);

/* Enters nothing: @state is what is in effect all the same. */
void sandbox_skip(struct sandbox_state *state);

#endif
