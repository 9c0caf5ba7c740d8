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
    BROKEN_RECORD,       /* the right question, then nonsense */
    GARBAGE,             /* not a message at all */
    LARGE,               /* over 512 bytes, within our EDNS size */
    HOLDS_SIX,           /* answers when six questions are there, the last one first */
    ANSWERS_LATE,        /* after 150 ms */
    OTHER_CASE,          /* the question with each letter in its other case */
    OTHER_CASE_UDP_ONLY, /* the same, and TCP is hung up on */
    SPOOF_ID,            /* first a forged answer "evil" with another id, then its own; likewise: */
    SPOOF_NAME,          /* … about another name */
    SPOOF_TYPE,          /* … of another type */
    SPOOF_CASE,          /* … with the name's letters in other case; over TCP nothing is forged */
    SPOOF_PORT,          /* … from another port */
    SPOOF_QUERY,         /* … that is a query, with another id */
    SPOOF_FLOOD,         /* … 200 of them, each with another id */
    NO_EDNS,             /* FORMERR to a query with an OPT record */
    NO_EDNS_NOTIMP,
    NO_EDNS_BADVERS,
    NO_EDNS_ONCE, /* FORMERR to the first query; answers as LARGE */
    FORMERR_ALWAYS,
    LONG_NAME,     /* answers whose bytes lie: a label longer than the message */
    LOOP_SELF,     /* a pointer to itself as the owner */
    LOOP_TWO,      /* two pointers to each other */
    LOOP_FORWARD,  /* a pointer to behind itself */
    LIES_RDLENGTH, /* data longer than the message */
    LIES_SHORT,    /* data longer than the record says */
    LIES_STRING,   /* a character-string longer than the data */
    LIES_COUNT,    /* more records announced than there are */
    LIES_NONE,     /* a record that no count announces */
    CUT_HEADER,    /* ten bytes */
    CUT_RECORD,    /* ends in the middle of the record */
    NO_QUESTION,   /* an answer to nothing */
    TWO_QUESTIONS,
    IS_QUERY, /* the QR bit is not set */
    OTHER_OPCODE,
    OTHER_CLASS, /* the record is of class CH */
    OTHER_OWNER, /* the record is of another name */
    CNAME_LOOP,
    BY_NAME, /* b…: truncated, and TCP is hung up on; s…: silence; l…: 300 ms late; others: at once */
    ALARMS,  /* sends SIGALRM to the test, and answers 100 ms later */
};

struct seen {
    volatile unsigned udp, tcp;
    volatile unsigned odd;       /* queries without RD, AD or our OPT */
    volatile unsigned most_held; /* HOLDS_SIX: questions at hand when the first reply was sent */
    volatile uint16_t first_id, last_id;
    volatile uint16_t first_port, last_port;
    volatile unsigned mixed; /* queries with letters in both cases */
    volatile unsigned edns;  /* queries with an OPT record */
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
