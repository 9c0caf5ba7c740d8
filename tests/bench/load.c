/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Sends the messages of a plan by SMTP, one connection after another, as a mail server with PIPELINING does.
 *
 * usage: load HOST PORT PER_CONNECTION PLAN
 *
 * A line of the plan is one message: SOURCE HELO MAIL_FROM RCPT_TO FILE. SOURCE is the address to connect from; that and
 * HELO are those of a connection's first message. FILE holds what follows DATA: CRLF line ends, dots stuffed, the final
 * dot. All files are read before the first connection. Prints "SENT ACCEPTED SECONDS"; every reply that is not the
 * expected one goes to standard error, and then the exit status is 1.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WORD = 256, MAX_LINE = 4 * MAX_WORD, TIMEOUT_S = 60 };

struct item {
    char source[MAX_WORD], helo[MAX_WORD], mail_from[MAX_WORD], rcpt_to[MAX_WORD];
    char *data;
    size_t len;
};

/* A connection and what of its replies was not looked at yet. */
struct wire {
    int fd;
    size_t at, end;
    char buf[4096];
};

static void die(const char *what, const char *which)
{
    fprintf(stderr, "load: %s: ", which);
    perror(what);
    exit(2);
}

static void read_message(struct item *item, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        die("open", path);
    long size = ftell(file);
    rewind(file);
    item->len = size > 0 ? (size_t)size : 0;
    item->data = malloc(item->len + 1);
    if (!item->data || fread(item->data, 1, item->len, file) != item->len)
        die("read", path);
    fclose(file);
}

static size_t read_plan(const char *path, struct item **out)
{
    char line[MAX_LINE], name[MAX_WORD];
    size_t count = 0;
    struct item *items = NULL;
    FILE *file = fopen(path, "r");
    if (!file)
        die("open", path);
    while (fgets(line, sizeof line, file)) {
        items = realloc(items, (count + 1) * sizeof *items);
        if (!items)
            die("memory", path);
        struct item *item = &items[count++];
        if (sscanf(line, "%255s %255s %255s %255s %255s", item->source, item->helo, item->mail_from, item->rcpt_to,
                   name) != 5) {
            fprintf(stderr, "load: %s: line %zu is not SOURCE HELO MAIL_FROM RCPT_TO FILE\n", path, count);
            exit(2);
        }
        read_message(item, name);
    }
    fclose(file);
    *out = items;
    return count;
}

static int connect_from(const char *source, const char *host, const char *port)
{
    const struct timeval patience = {.tv_sec = TIMEOUT_S};
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    if (inet_pton(AF_INET, source, &from.sin_addr) != 1 || inet_pton(AF_INET, host, &to.sin_addr) != 1)
        die("address", source);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        bind(fd, (const struct sockaddr *)&from, sizeof from) != 0 ||
        connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        die("connect", source);
    return fd;
}

static bool put(struct wire *wire, const char *data, size_t len, int flags)
{
    while (len > 0) {
        ssize_t n = send(wire->fd, data, len, MSG_NOSIGNAL | flags);
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static bool say(struct wire *wire, int flags, const char *format, ...)
{
    char text[MAX_LINE];
    va_list words;
    va_start(words, format);
    int len = vsnprintf(text, sizeof text, format, words);
    va_end(words);
    return len > 0 && (size_t)len < sizeof text && put(wire, text, (size_t)len, flags);
}

/* One line without its end; false at the end of the connection. */
static bool read_line(struct wire *wire, char *line, size_t size)
{
    for (size_t used = 0;;) {
        if (wire->at == wire->end) {
            ssize_t n = recv(wire->fd, wire->buf, sizeof wire->buf, 0);
            if (n <= 0)
                return false;
            wire->at = 0;
            wire->end = (size_t)n;
        }
        char c = wire->buf[wire->at++];
        if (c == '\n') {
            line[used] = '\0';
            return true;
        }
        if (c != '\r' && used + 1 < size)
            line[used++] = c;
    }
}

/* Reads a whole reply; anything but the code wanted is said. */
static bool expect(struct wire *wire, const char *code, const char *after)
{
    char line[512];
    do {
        if (!read_line(wire, line, sizeof line)) {
            fprintf(stderr, "load: after %s the connection ended\n", after);
            return false;
        }
    } while (strlen(line) > 3 && line[3] == '-');
    if (strncmp(line, code, 3) == 0)
        return true;
    fprintf(stderr, "load: after %s: %s\n", after, line);
    return false;
}

static bool send_message(struct wire *wire, const struct item *item)
{
    if (!say(wire, 0, "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", item->mail_from, item->rcpt_to))
        return false;
    return expect(wire, "250", "MAIL") && expect(wire, "250", "RCPT") && expect(wire, "354", "DATA") &&
           put(wire, item->data, item->len, 0) && expect(wire, "250", item->mail_from);
}

/*
 * The half-close goes with the command: Exim waits 200 ms for it before it answers. Then to the end of the connection,
 * so that the next one does not overlap with what Exim still has to do for this one.
 */
static void quit(struct wire *wire)
{
    char line[512];
    (void)say(wire, MSG_MORE, "QUIT\r\n");
    (void)shutdown(wire->fd, SHUT_WR);
    while (read_line(wire, line, sizeof line)) {
    }
    (void)close(wire->fd);
}

/* How many of these messages, one connection's, were accepted. */
static size_t converse(const char *host, const char *port, const struct item *items, size_t count)
{
    size_t accepted = 0;
    struct wire wire = {.fd = connect_from(items->source, host, port)};
    if (expect(&wire, "220", "connecting") && say(&wire, 0, "EHLO %s\r\n", items->helo) && expect(&wire, "250", "EHLO"))
        while (accepted < count && send_message(&wire, &items[accepted]))
            accepted++;
    quit(&wire);
    return accepted;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 5 || strtoul(argv[3], NULL, 10) == 0) {
        fprintf(stderr, "usage: load HOST PORT PER_CONNECTION PLAN\n");
        return 2;
    }
    struct item *items;
    size_t per_connection = strtoul(argv[3], NULL, 10), count = read_plan(argv[4], &items), accepted = 0;
    double start = now_s();
    for (size_t i = 0; i < count; i += per_connection)
        accepted += converse(argv[1], argv[2], &items[i], count - i < per_connection ? count - i : per_connection);
    printf("%zu %zu %.3f\n", count, accepted, now_s() - start);
    return accepted == count ? 0 : 1;
}
