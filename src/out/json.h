/* SPDX-License-Identifier: MIT */
/* JSON documents: jansson's values, and the few that it does not make by itself. */
#ifndef OUT_JSON_H
#define OUT_JSON_H

#include <stdint.h>

#include <jansson.h>

#include "out/out.h"

/* A string; null for NULL and "". Bytes that are not UTF-8 become '?', so that one name does not cost the document. */
json_t *out_json_text(const char *text);

/* A number; null for a negative one, which in this project means "not known". */
json_t *out_json_count(int64_t n);

/* true for 1, false for 0, null for all else. */
json_t *out_json_answer(int answer);

/* Add @value, which they take. A failure leaves NULL in *@list or *@object, as jansson's makers do. */
void out_json_append(json_t **list, json_t *value);
void out_json_set(json_t **object, const char *key, json_t *value);

/* Writes the document and gives it back to jansson. 0, or -ENOMEM: also when @root is NULL, as jansson's makers return. */
int out_json(struct out *o, json_t *root);

/* The same on one line, and out at once: for streams of documents. */
int out_json_line(struct out *o, json_t *root);

#endif
