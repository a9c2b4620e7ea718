/**
 * @file
 * Prometheus' text format, version 0.0.4, read more strictly than Prometheus does:
 * families with HELP and TYPE, in one piece each, counters that end in "_total", labels
 * that need no escape, whole numbers or decimals, histograms that add up.
 */
#ifndef MCPAUTH_TEST_EXPOSITION_H
#define MCPAUTH_TEST_EXPOSITION_H

#include <stddef.h>

/** What is wrong with a text. @return NULL: nothing; else a constant, and the line that
 * it is about is printed */
const char *exposition_fault(const char *text, size_t length);

/** A sample's value, in whole numbers. @param sample  as it is written: `x_total{a="b"}`.
 * @return -1 if there is none */
long long exposition_value(const char *text, const char *sample);

#endif
