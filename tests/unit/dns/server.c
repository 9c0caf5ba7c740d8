/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

enum { HEADER = 12, OPT = 11, HELD = 6, BUFFER = 2048 };

/* A query and where its reply goes. */
struct query {
    unsigned char bytes[BUFFER];
    size_t len;
    struct sockaddr_in from;
};

static int bound_socket(int type, uint16_t port, uint16_t *out_port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof addr;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&addr, &len) != 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    *out_port = ntohs(addr.sin_port);
    return fd;
}

uint16_t closed_port(void)
{
    uint16_t port;
    int fd = bound_socket(SOCK_DGRAM, 0, &port);
    ck_assert_int_ge(fd, 0);
    close(fd);
    return port;
}

static bool has_both_cases(const struct query *q)
{
    bool lower = false, upper = false;
    for (size_t at = HEADER; at < q->len && q->bytes[at]; at++) {
        lower = lower || (q->bytes[at] >= 'a' && q->bytes[at] <= 'z');
        upper = upper || (q->bytes[at] >= 'A' && q->bytes[at] <= 'Z');
    }
    return lower && upper;
}

static void look_at(const struct query *q, struct seen *seen)
{
    uint16_t id = (uint16_t)(q->bytes[0] << 8 | q->bytes[1]);
    if (seen->udp + seen->tcp == 1)
        seen->first_id = id;
    seen->last_id = id;
    if (seen->udp == 1 && seen->tcp == 0)
        seen->first_port = ntohs(q->from.sin_port);
    seen->last_port = ntohs(q->from.sin_port);
    seen->mixed += has_both_cases(q);
    seen->edns += q->bytes[11] == 1;
    /* RD and AD; the OPT may carry options of c-ares (1.34 adds a cookie), so only its presence is looked at. */
    if (q->len < HEADER + OPT || q->bytes[2] != 0x01 || q->bytes[3] != 0x20 || q->bytes[11] > 1)
        seen->odd++;
}

static void other_case(struct query *q)
{
    for (size_t at = HEADER; q->bytes[at]; at++) {
        unsigned char letter = q->bytes[at] | 0x20;
        if (letter >= 'a' && letter <= 'z')
            q->bytes[at] ^= 0x20;
    }
}

/* The reply in q's place: header and question as they came, then the record. */
static void make_reply(struct query *q, enum habit habit, bool tcp)
{
    static const char record[] = "\300\14\0\20\0\1\0\0\0\74\0\3\2ok";
    size_t at = HEADER;
    while (at < q->len && q->bytes[at])
        at += 1U + q->bytes[at];
    q->len = at + 5;
    q->bytes[2] = 0x81 | (habit == TRUNCATES && !tcp ? 2 : 0);
    q->bytes[3] = 0x80;
    memcpy(q->bytes + 4, "\0\1\0\1\0\0\0\0", 8);
    if (habit == SAYS_SERVFAIL || habit == SAYS_REFUSED || habit == SAYS_NXDOMAIN || (habit == TRUNCATES && !tcp)) {
        q->bytes[3] |= habit == SAYS_SERVFAIL ? 2 : habit == SAYS_REFUSED ? 5 : habit == SAYS_NXDOMAIN ? 3 : 0;
        q->bytes[7] = 0;
        return;
    }
    memcpy(q->bytes + q->len, record, sizeof record - 1);
    q->len += sizeof record - 1;
    if (habit == BROKEN_RECORD)
        q->bytes[q->len - 3] = 200;
    if (habit == WRONG_ID)
        q->bytes[1] ^= 1;
    if (habit == WRONG_QUESTION)
        q->bytes[HEADER + 1] ^= 1;
    if (habit == OTHER_CASE || habit == OTHER_CASE_UDP_ONLY)
        other_case(q);
}

/* Three strings of 255 in place of "ok". */
static void make_large(struct query *q)
{
    unsigned char *length = q->bytes + q->len - 5;
    length[0] = 3;
    length[1] = 0;
    for (size_t i = 0; i < 3 * 256; i++)
        length[2 + i] = i % 256 ? 'x' : 255;
    q->len += 3 * 256 - 3;
}

/* A late reply is a child's work, so that others need not wait for it. */
static void answer_by_name(int fd, struct query *q)
{
    char first = (char)(q->bytes[HEADER + 1] | 0x20);
    if (first == 's' || (first == 'l' && fork() > 0))
        return;
    if (first == 'l')
        usleep(300 * 1000);
    make_reply(q, first == 'b' ? TRUNCATES : ANSWERS, false);
    sendto(fd, q->bytes, q->len, 0, (struct sockaddr *)&q->from, sizeof q->from);
    if (first == 'l')
        _exit(0);
}

static void send_reply(int fd, const struct query *q)
{
    sendto(fd, q->bytes, q->len, 0, (const struct sockaddr *)&q->from, sizeof q->from);
}

/* The forgery: "evil" in place of "ok". */
static void spoof(int fd, const struct query *query, enum habit habit, unsigned char number)
{
    struct query q = *query;
    make_reply(&q, ANSWERS, false);
    memcpy(q.bytes + q.len - 5, "\0\5\4evil", 7);
    q.len += 2;
    size_t type = q.len - 7 - 10 - 2 - 4;
    if (habit == SPOOF_ID || habit == SPOOF_FLOOD || habit == SPOOF_QUERY)
        q.bytes[1] ^= (unsigned char)(1 + number);
    if (habit == SPOOF_QUERY)
        q.bytes[2] &= 0x7f;
    if (habit == SPOOF_NAME)
        q.bytes[HEADER + 1] ^= 1;
    if (habit == SPOOF_TYPE)
        q.bytes[type + 1] = 1;
    if (habit == SPOOF_CASE)
        other_case(&q);
    uint16_t port;
    int from = habit == SPOOF_PORT ? bound_socket(SOCK_DGRAM, 0, &port) : fd;
    send_reply(from, &q);
    if (from != fd)
        close(from);
}

static void answer_after_spoofs(int fd, struct query *q, enum habit habit)
{
    for (unsigned char i = 0; i < (habit == SPOOF_FLOOD ? 200 : 1); i++)
        spoof(fd, q, habit, i);
    make_reply(q, ANSWERS, false);
    send_reply(fd, q);
}

/* No answer, and an OPT record where BADVERS needs it (RFC 6891 section 6.1.3). */
static void refuse_edns(struct query *q, enum habit habit)
{
    static const char opt[] = "\0\0\51\4\320\1\0\0\0\0\0";
    make_reply(q, SAYS_NXDOMAIN, false);
    q->bytes[3] = (unsigned char)(0x80 | (habit == NO_EDNS_NOTIMP ? 4 : habit == NO_EDNS_BADVERS ? 0 : 1));
    if (habit != NO_EDNS_BADVERS)
        return;
    memcpy(q->bytes + q->len, opt, sizeof opt - 1);
    q->len += sizeof opt - 1;
    q->bytes[11] = 1;
}

static void answer_without_edns(int fd, struct query *q, enum habit habit)
{
    static unsigned refused;
    bool once = habit == NO_EDNS_ONCE, has_opt = q->bytes[11] == 1;
    if (habit == FORMERR_ALWAYS || (has_opt && !(once && refused))) {
        refused++;
        refuse_edns(q, habit);
    } else {
        make_reply(q, ANSWERS, false);
        if (once)
            make_large(q);
    }
    send_reply(fd, q);
}

/*
 * An answer whose bytes do not add up: what stands behind the question, the counts of header and section, and the flags
 * are replaced. In a string \300\14 is the owner, the name at the question.
 */
static const struct {
    enum habit habit;
    unsigned char flags, questions, answers;
    const char *bytes;
    size_t len;
} lies[] = {
#define LIE(habit, flags, questions, answers, bytes)              \
    {                                                             \
        habit, flags, questions, answers, bytes, sizeof bytes - 1 \
    }
    LIE(LONG_NAME, 0x81, 1, 1, "\77abc"),
    LIE(LOOP_SELF, 0x81, 1, 1, "@@\0\20\0\1\0\0\0\74\0\3\2ok"), /* @@: a pointer to here */
    LIE(LOOP_TWO, 0x81, 1, 1, "@+\0\20\0\1\0\0\0\74\0\2@@"),    /* @+: a pointer to twelve bytes on */
    LIE(LOOP_FORWARD, 0x81, 1, 1, "@+\0\20\0\1\0\0\0\74\0\3\2ok"),
    LIE(LIES_RDLENGTH, 0x81, 1, 1, "\300\14\0\20\0\1\0\0\0\74\377\377\2ok"),
    LIE(LIES_SHORT, 0x81, 1, 1, "\300\14\0\20\0\1\0\0\0\74\0\2\2ok"),
    LIE(LIES_STRING, 0x81, 1, 1, "\300\14\0\20\0\1\0\0\0\74\0\3\377ok"),
    LIE(LIES_COUNT, 0x81, 1, 200, "\300\14\0\20\0\1\0\0\0\74\0\3\2ok"),
    LIE(LIES_NONE, 0x81, 1, 0, "\300\14\0\20\0\1\0\0\0\74\0\3\2ok"),
    LIE(CUT_RECORD, 0x81, 1, 1, "\300\14\0\20\0\1\0\0"),
    LIE(TWO_QUESTIONS, 0x81, 2, 1, "\300\14\0\20\0\1\300\14\0\20\0\1\0\0\0\74\0\3\2ok"),
    LIE(IS_QUERY, 0x01, 1, 1, "\300\14\0\20\0\1\0\0\0\74\0\3\2ok"),
    LIE(OTHER_OPCODE, 0x89, 1, 1, "\300\14\0\20\0\1\0\0\0\74\0\3\2ok"),
    LIE(OTHER_CLASS, 0x81, 1, 1, "\300\14\0\20\0\3\0\0\0\74\0\3\2ok"),
    LIE(OTHER_OWNER, 0x81, 1, 1, "\4evil\0\0\20\0\1\0\0\0\74\0\3\2ok"),
    LIE(CNAME_LOOP, 0x81, 1, 1, "\300\14\0\5\0\1\0\0\0\74\0\2\300\14"),
#undef LIE
};

static void point(struct query *q, size_t at, size_t target)
{
    q->bytes[at] = (unsigned char)(0xc0 | target >> 8);
    q->bytes[at + 1] = (unsigned char)target;
}

static void lie(struct query *q, enum habit habit)
{
    make_reply(q, SAYS_NXDOMAIN, false); /* as far as the question */
    q->bytes[3] = 0x80;
    for (size_t i = 0; i < DMX_COUNT(lies); i++) {
        if (lies[i].habit != habit)
            continue;
        size_t at = q->len;
        memcpy(q->bytes + at, lies[i].bytes, lies[i].len);
        q->len += lies[i].len;
        q->bytes[2] = lies[i].flags;
        q->bytes[5] = lies[i].questions;
        q->bytes[7] = lies[i].answers;
        for (size_t k = at; k + 1 < q->len; k++)
            if (q->bytes[k] == '@')
                point(q, k, q->bytes[k + 1] == '@' ? at : at + 12);
    }
    if (habit == NO_QUESTION) {
        q->bytes[5] = 0;
        q->len = HEADER;
    }
    if (habit == CUT_HEADER)
        q->len = 10;
}

static void answer(int fd, struct query *q, enum habit habit, pid_t test)
{
    if (habit >= SPOOF_ID && habit <= SPOOF_FLOOD) {
        answer_after_spoofs(fd, q, habit);
        return;
    }
    if (habit >= NO_EDNS && habit <= FORMERR_ALWAYS) {
        answer_without_edns(fd, q, habit);
        return;
    }
    if (habit >= LONG_NAME && habit <= CNAME_LOOP) {
        lie(q, habit);
        send_reply(fd, q);
        return;
    }
    switch (habit) {
    case SILENT:
        return;
    case BY_NAME:
        answer_by_name(fd, q);
        return;
    case GARBAGE:
        memset(q->bytes + 2, 0xff, 30);
        q->len = 32;
        break;
    case LARGE:
        make_reply(q, habit, false);
        make_large(q);
        break;
    case ALARMS:
        kill(test, SIGALRM);
        usleep(100 * 1000);
        make_reply(q, habit, false);
        break;
    case ANSWERS_LATE:
        usleep(150 * 1000);
        make_reply(q, habit, false);
        break;
    default:
        make_reply(q, habit, false);
    }
    sendto(fd, q->bytes, q->len, 0, (struct sockaddr *)&q->from, sizeof q->from);
}

static void serve_udp(int fd, enum habit habit, struct seen *seen, pid_t test)
{
    static struct query held[HELD];
    static size_t count;
    struct query *q = &held[habit == HOLDS_SIX ? count : 0];
    socklen_t len = sizeof q->from;
    ssize_t got = recvfrom(fd, q->bytes, sizeof q->bytes, 0, (struct sockaddr *)&q->from, &len);
    if (got < HEADER)
        return;
    q->len = (size_t)got;
    seen->udp++;
    look_at(q, seen);
    if (habit != HOLDS_SIX) {
        answer(fd, q, habit, test);
        return;
    }
    if (++count < HELD)
        return;
    seen->most_held = (unsigned)count;
    while (count)
        answer(fd, &held[--count], habit, test);
}

static void serve_tcp(int listener, enum habit habit, struct seen *seen)
{
    struct query q;
    unsigned char length[2];
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    if (habit == BY_NAME || habit == OTHER_CASE_UDP_ONLY) {
        seen->tcp++;
    } else if (recv(fd, length, 2, MSG_WAITALL) == 2) {
        q.len = (size_t)(length[0] << 8 | length[1]);
        if (q.len <= sizeof q.bytes && recv(fd, q.bytes, q.len, MSG_WAITALL) == (ssize_t)q.len) {
            seen->tcp++;
            look_at(&q, seen);
            make_reply(&q, habit, true);
            length[0] = (unsigned char)(q.len >> 8);
            length[1] = (unsigned char)q.len;
            if (write(fd, length, 2) == 2 && write(fd, q.bytes, q.len) < 0)
                _exit(1);
            usleep(50 * 1000);
        }
    }
    close(fd);
}

static void serve(int udp, int tcp, enum habit habit, struct seen *seen, pid_t test)
{
    struct pollfd fds[] = {{.fd = udp, .events = POLLIN}, {.fd = tcp, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents)
            serve_udp(udp, habit, seen, test);
        if (fds[1].revents)
            serve_tcp(tcp, habit, seen);
    }
}

void server_start(struct server *out, enum habit habit)
{
    int udp = -1, tcp = -1;
    uint16_t port = 0;
    for (int tries = 0; tries < 20 && tcp < 0; tries++) {
        if (udp >= 0)
            close(udp);
        udp = bound_socket(SOCK_DGRAM, 0, &out->port);
        tcp = bound_socket(SOCK_STREAM, out->port, &port);
    }
    ck_assert(tcp >= 0 && port == out->port && listen(tcp, 5) == 0);
    out->seen = mmap(NULL, sizeof *out->seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(out->seen != MAP_FAILED);
    pid_t test = getpid();
    out->pid = fork();
    ck_assert_int_ge(out->pid, 0);
    if (out->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGCHLD, SIG_IGN);
        serve(udp, tcp, habit, out->seen, test);
    }
    close(udp);
    close(tcp);
}

void server_stop(struct server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    munmap(server->seen, sizeof *server->seen);
}
