/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * A DNS server on loopback with one habit, in a child process that dies with the test: every question is answered by
 * one TXT record "ok", unless the habit says otherwise. What it saw stands in memory shared with the test.
 */
#ifndef DMX_TESTS_DNS_SERVER_H
#define DMX_TESTS_DNS_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum habit {
    ANSWERS,
    SILENT,
    TRUNCATES, /* over UDP; answers over TCP */
    SAYS_SERVFAIL,
    SAYS_REFUSED,
    SAYS_NXDOMAIN,
    WRONG_ID,
    WRONG_QUESTION,
    BROKEN_RECORD, /* the right question, then nonsense */
    GARBAGE,       /* not a message at all */
    LARGE,         /* over 512 bytes, within our EDNS size */
    HOLDS_SIX,     /* answers when six questions are there, the last one first */
    ANSWERS_LATE,  /* after 150 ms */
    OTHER_CASE,    /* the question in upper case */
    BY_NAME,       /* b…: truncated, and TCP is hung up on; s…: silence; l…: 300 ms late; others: at once */
    ALARMS,        /* sends SIGALRM to the test, and answers 100 ms later */
};

struct seen {
    volatile unsigned udp, tcp;
    volatile unsigned odd;       /* queries without RD, AD or our OPT */
    volatile unsigned most_held; /* HOLDS_SIX: questions at hand when the first reply was sent */
    volatile uint16_t first_id, last_id;
};

struct server {
    pid_t pid;
    uint16_t port;
    struct seen *seen;
};

/* Fails the test when it cannot be started. */
void server_start(struct server *out, enum habit habit);
void server_stop(struct server *server);

/* A port of 127.0.0.1 on which nobody listens. */
uint16_t closed_port(void);

#endif
