/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "cache_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h> /* renameat(), nothing else */
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmx/base/builder.h"
#include "dmx/base/clock.h"

#include "dmx/base/banned.h"

enum {
    FILE_MODE = 0600,
    PERMISSIONS = 07777,
    BY_OTHERS = 022,
    /*
     * Making the file takes milliseconds. A temporary file that is older than this was left by a creator that was
     * killed, or is stopped.
     */
    ABANDONED_S = 5,
    ALLOCATE_TRIES = 4, /* a signal ends the allocation */
};

#define MAGIC     "dmxcache"
#define TEMPORARY ".new"

/* Where the file is to be, and who may make it. */
struct site {
    const struct dmx_cache_settings *settings;
    int dir;
    char base[NAME_MAX + 1];
    char temporary[NAME_MAX + 1];
    uid_t owner;   /* that the file must have */
    bool is_owner; /* of the file that is to be: who takes no other than one that fits */
    bool may_create;
    struct dmx_reason reason;
};

static enum dmx_status refuse(struct site *site, enum dmx_status status, const char *token, const char *text)
{
    site->reason = DMX_REASON(token, text, NULL);
    return status;
}

/* Not translated and from no buffer that is shared: strerror() would be both. */
static enum dmx_status refuse_errno(struct site *site, const char *token, int error)
{
    const char *text = strerrordesc_np(error);
    return refuse(site, DMX_IO, token, text ? text : "cannot be used");
}

uint64_t dmx_cache_layout(void)
{
    static const uint8_t key[DMX_SIPHASH_KEY_BYTES] = "dmx cache layout";
    static const uint32_t numbers[] = {
        DMX_CACHE_VERSION,
        DMX_CACHE_PAGE,
        DMX_CACHE_LINE,
        DMX_CACHE_SMALL_SLOT,
        DMX_CACHE_LARGE_SLOT,
        DMX_CACHE_SMALL_WAYS,
        DMX_CACHE_LARGE_WAYS,
        DMX_CACHE_SMALL_SET,
        DMX_CACHE_LARGE_SET,
        DMX_CACHE_LARGE_SHARE,
        DMX_CACHE_BUCKET_SHARE,
        DMX_CACHE_BUCKET_LINES_MAX,
        DMX_COUNTERS,
        sizeof(struct dmx_cache_header),
        sizeof(struct dmx_cache_image),
        offsetof(struct dmx_cache_slot, words),
        DMX_IMAGE_HEAD,
        sizeof(size_t),
        0x01020304, /* and the order of bytes */
    };
    return dmx_siphash(key, dmx_slice((const char *)numbers, sizeof numbers));
}

static uint64_t identity_check(const struct dmx_cache_identity *identity)
{
    return dmx_siphash(identity->key, dmx_slice((const char *)identity, offsetof(struct dmx_cache_identity, check)));
}

static uint64_t whole_pages(uint64_t bytes)
{
    return bytes - bytes % DMX_CACHE_PAGE;
}

static void measure(struct dmx_cache_map *map)
{
    const uint64_t lines = map->bytes / DMX_CACHE_BUCKET_SHARE / DMX_CACHE_LINE;
    map->bucket_lines = lines < DMX_CACHE_BUCKET_LINES_MAX ? lines : DMX_CACHE_BUCKET_LINES_MAX;
    map->buckets_at = map->bytes - map->bucket_lines * DMX_CACHE_LINE;
    const uint64_t room = map->buckets_at - DMX_CACHE_PAGE;
    map->large_sets = room / DMX_CACHE_LARGE_SHARE / DMX_CACHE_LARGE_SET;
    if (map->large_sets == 0)
        map->large_sets = 1;
    map->small_sets = (room - map->large_sets * DMX_CACHE_LARGE_SET) / DMX_CACHE_SMALL_SET;
}

/*
 * The directory must be safe from everybody but root and the one who owns the file: then nobody else can put a file
 * there, take ours away, or change what a name stands for between two of our calls. Sticky directories of everybody
 * (/tmp) are refused as well, since there anybody could be first to use the name.
 */
static enum dmx_status check_dir(struct site *site)
{
    struct stat dir;
    const uid_t self = geteuid();
    if (fstat(site->dir, &dir) != 0)
        return refuse_errno(site, "cache-directory", errno);
    if (dir.st_mode & BY_OTHERS)
        return refuse(site, DMX_IO, "cache-directory-writable",
                      "others may write its directory; it takes mode 0750 or less");
    if (dir.st_uid != self && dir.st_uid != 0 && self != 0)
        return refuse(site, DMX_IO, "cache-directory-owner", "its directory belongs neither to this user nor to root");
    /*
     * Root reads, flushes and pins what is the directory owner's, who could at worst truncate the file under root's
     * tool, and harm that. It makes nothing there: a file of root's would keep Exim's user from its own cache.
     */
    site->owner = self == 0 ? dir.st_uid : self;
    site->is_owner = site->settings->access != DMX_CACHE_READ && site->owner == self;
    site->may_create = site->is_owner && site->settings->access == DMX_CACHE_USE;
    return DMX_OK;
}

static enum dmx_status open_dir(struct site *site)
{
    char dir[DMX_CACHE_PATH_MAX];
    struct dmx_slice path = dmx_slice_cstr(site->settings->path);
    const size_t slash = dmx_slice_rfind(path, '/');
    struct dmx_slice base = slash < path.len ? dmx_slice_from(path, slash + 1) : path;
    struct dmx_builder d = dmx_builder_fixed(dir, sizeof dir);
    struct dmx_builder b = dmx_builder_fixed(site->base, sizeof site->base);
    struct dmx_builder t = dmx_builder_fixed(site->temporary, sizeof site->temporary);
    dmx_put(&d, slash < path.len ? dmx_slice_upto(path, slash + 1) : DMX_SLICE("."));
    dmx_put(&b, base);
    dmx_put(&t, base);
    dmx_put_cstr(&t, TEMPORARY);
    if (base.len == 0 || dmx_builder_text(&d).len == 0 || dmx_builder_text(&b).len == 0 ||
        dmx_builder_text(&t).len == 0)
        return refuse(site, DMX_INVALID, "cache-path", "is no path of a file, or too long a one");
    site->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (site->dir < 0)
        return refuse_errno(site, "cache-directory", errno);
    return check_dir(site);
}

/*
 * Whether the file may be mapped. Its size is looked at here, and before each message by dmx_cache_is_current(); a file
 * that is truncated behind that raises SIGBUS in whoever touches what is gone. Only its owner and root can do that,
 * which are Exim's user, in whose processes this code runs, and who can kill them as well: nobody gains anything. Our own code never truncates, and no hole is left to
 * be filled when the tmpfs is full, as all blocks are allocated before the file has its name.
 */
static enum dmx_status check_file(struct site *site, const struct stat *file)
{
    if (!S_ISREG(file->st_mode))
        return refuse(site, DMX_IO, "cache-not-a-file", "is not a regular file; take it away");
    if (file->st_uid != site->owner)
        return refuse(site, DMX_INVALID, "cache-owner", "belonged to another user");
    if ((file->st_mode & PERMISSIONS) != FILE_MODE)
        return refuse(site, DMX_INVALID, "cache-mode", "had another mode than 0600");
    if (file->st_nlink != 1)
        return refuse(site, DMX_INVALID, "cache-links", "had a second name");
    const uint64_t bytes = (uint64_t)file->st_size;
    if (bytes < DMX_CACHE_MIN_BYTES || bytes > DMX_CACHE_MAX_BYTES || bytes % DMX_CACHE_PAGE)
        return refuse(site, DMX_INVALID, "cache-size", "had a size that no cache has");
    /* Who cannot make another one takes it in the size it has. */
    if (site->is_owner && bytes != whole_pages(site->settings->size_bytes))
        return refuse(site, DMX_INVALID, "cache-size", "had another size than cache_size");
    return DMX_OK;
}

static enum dmx_status check_identity(struct site *site, struct dmx_cache_map *map)
{
    struct dmx_cache_identity identity;
    memcpy(&identity, map->base, sizeof identity);
    if (memcmp(identity.magic, MAGIC, sizeof identity.magic) != 0)
        return refuse(site, DMX_INVALID, "cache-magic", "was not a cache");
    if (identity.version != DMX_CACHE_VERSION || identity.layout != dmx_cache_layout())
        return refuse(site, DMX_INVALID, "cache-version", "was made by another version of dmx");
    if (identity.check != identity_check(&identity) || identity.file_bytes != map->bytes)
        return refuse(site, DMX_INVALID, "cache-damaged", "had a damaged header");
    memcpy(map->key, identity.key, sizeof map->key);
    map->created_s = identity.created_s;
    measure(map);
    return DMX_OK;
}

void dmx_cache_map_close(struct dmx_cache_map *map)
{
    if (map->base)
        munmap(map->base, map->bytes);
    map->base = NULL;
}

static enum dmx_status map_file(struct site *site, int fd, const struct stat *file, struct dmx_cache_map *out)
{
    *out = (struct dmx_cache_map){
        .bytes = (uint64_t)file->st_size,
        .read_only = site->settings->access == DMX_CACHE_READ,
        .dev = file->st_dev,
        .ino = file->st_ino,
    };
    void *base = mmap(NULL, out->bytes, PROT_READ | (out->read_only ? 0 : PROT_WRITE), MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return refuse_errno(site, "cache-map", errno);
    out->base = base;
    enum dmx_status status = check_identity(site, out);
    if (status != DMX_OK)
        dmx_cache_map_close(out);
    return status;
}

/* What stands in the way of open(): a link, a pipe or a directory is not ours to replace; a file without rights is. */
static enum dmx_status refuse_open(struct site *site, int error)
{
    struct stat file;
    if (error == ENOENT || fstatat(site->dir, site->base, &file, AT_SYMLINK_NOFOLLOW) != 0)
        return refuse_errno(site, error == ENOENT ? "cache-absent" : "cache-open", error);
    enum dmx_status status = check_file(site, &file);
    return status == DMX_OK ? refuse_errno(site, "cache-open", error) : status;
}

/* DMX_INVALID: there is a file, and it is not to be trusted. "cache-absent": there is none. */
static enum dmx_status open_existing(struct site *site, struct dmx_cache_map *out)
{
    const int access = site->settings->access == DMX_CACHE_READ ? O_RDONLY : O_RDWR;
    int fd = openat(site->dir, site->base, access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return refuse_open(site, errno);
    struct stat file;
    enum dmx_status status = fstat(fd, &file) != 0 ? refuse_errno(site, "cache-open", errno) : check_file(site, &file);
    if (status == DMX_OK)
        status = map_file(site, fd, &file, out);
    close(fd);
    return status;
}

/* A creator that was killed leaves its file, and there is one name for it: no more than one such file ever lies about. */
static bool remove_abandoned(const struct site *site)
{
    struct stat file;
    if (fstatat(site->dir, site->temporary, &file, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    const int64_t age_s = dmx_clock_unix_s() - file.st_mtim.tv_sec;
    /* One from the future is of before a step of the clock. */
    if (age_s >= 0 && age_s <= ABANDONED_S)
        return false;
    return unlinkat(site->dir, site->temporary, 0) == 0;
}

static int create_temporary(const struct site *site)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(site->dir, site->temporary, flags, FILE_MODE);
    if (fd < 0 && errno == EEXIST && remove_abandoned(site))
        fd = openat(site->dir, site->temporary, flags, FILE_MODE);
    return fd;
}

/* GRND_NONBLOCK: right after a boot we do not wait for the kernel to gather randomness. 0, or an error's number. */
static int write_header(int fd, uint64_t bytes)
{
    struct dmx_cache_identity identity = {
        .magic = MAGIC,
        .version = DMX_CACHE_VERSION,
        .layout = dmx_cache_layout(),
        .file_bytes = bytes,
        .created_s = dmx_clock_unix_s(),
    };
    if (getrandom(identity.key, sizeof identity.key, GRND_NONBLOCK) != (ssize_t)sizeof identity.key)
        return EAGAIN;
    identity.check = identity_check(&identity);
    return pwrite(fd, &identity, sizeof identity, 0) == (ssize_t)sizeof identity ? 0 : ENOSPC;
}

/* The umask may be anything in Exim, 0 too. 0, or an error's number. */
static int fill(int fd, uint64_t bytes)
{
    if (fchmod(fd, FILE_MODE) != 0)
        return errno;
    int error = EINTR;
    for (int i = 0; i < ALLOCATE_TRIES && error == EINTR; i++)
        error = posix_fallocate(fd, 0, (off_t)bytes);
    return error ? error : write_header(fd, bytes);
}

/*
 * Whether the temporary name still stands for our file. If we were stopped for long, another may have taken the name for
 * itself. Should that happen right behind this look, an unfinished file gets the name, which the next one who opens
 * it replaces.
 */
static bool is_still_ours(const struct site *site, int fd)
{
    struct stat ours, there;
    return fstat(fd, &ours) == 0 && fstatat(site->dir, site->temporary, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* Two that take an abandoned file away at the same time may find that the other one's is there, or that theirs is gone. */
static enum dmx_status refuse_create(struct site *site, int error)
{
    if (error == EEXIST || error == ENOENT)
        return refuse(site, DMX_IO, DMX_CACHE_BEING_MADE, "is just being made by another process");
    return refuse_errno(site, "cache-create", error);
}

/*
 * Makes the file under a temporary name and gives it its own by rename. One creator at a time: a hundred that allocate
 * 16 MB each could fill the tmpfs. The others go without a cache meanwhile, which costs them some questions and no wait.
 */
static enum dmx_status create(struct site *site)
{
    int fd = create_temporary(site);
    if (fd < 0)
        return refuse_create(site, errno);
    enum dmx_status status = DMX_OK;
    int error = fill(fd, whole_pages(site->settings->size_bytes));
    if (error)
        status = refuse_errno(site, "cache-allocate", error);
    else if (!is_still_ours(site, fd))
        status = refuse_create(site, ENOENT);
    else if (renameat(site->dir, site->temporary, site->dir, site->base) != 0)
        status = refuse_create(site, errno);
    if (status != DMX_OK && is_still_ours(site, fd))
        (void)unlinkat(site->dir, site->temporary, 0);
    close(fd);
    return status;
}

/* What was wrong with the old file is kept as the reason when the new one is in place. */
static enum dmx_status create_and_open(struct site *site, bool replaces, struct dmx_cache_map *out)
{
    const struct dmx_reason why = site->reason;
    enum dmx_status status = create(site);
    if (status == DMX_OK)
        status = open_existing(site, out);
    if (status == DMX_OK)
        site->reason = replaces ? why : DMX_REASON_NONE;
    return status;
}

static enum dmx_status open_or_create(struct site *site, struct dmx_cache_map *out)
{
    enum dmx_status status = open_existing(site, out);
    if (status == DMX_OK)
        return status;
    const bool absent = strcmp(site->reason.token, "cache-absent") == 0;
    const bool unfit = status == DMX_INVALID;
    if (!absent && !unfit)
        return status;
    if (site->may_create)
        return create_and_open(site, unfit, out);
    if (absent && site->settings->access == DMX_CACHE_USE)
        return refuse(site, DMX_IO, "cache-absent", "is not there yet; root does not make it for another user");
    return status;
}

enum dmx_status dmx_cache_map_open(const struct dmx_cache_settings *settings, struct dmx_cache_map *out,
                                   struct dmx_reason *out_reason)
{
    struct site site = {.settings = settings, .dir = -1, .reason = DMX_REASON_NONE};
    enum dmx_status status = DMX_OK;
    *out = (struct dmx_cache_map){.base = NULL};
    if (settings->size_bytes < DMX_CACHE_MIN_BYTES || settings->size_bytes > DMX_CACHE_MAX_BYTES)
        status = refuse(&site, DMX_INVALID, "cache-size-limits", "cannot be of that size: 64 kB to 4 GB");
    if (status == DMX_OK)
        status = open_dir(&site);
    if (status == DMX_OK)
        status = open_or_create(&site, out);
    if (site.dir >= 0)
        close(site.dir);
    *out_reason = site.reason;
    if (out_reason->token)
        out_reason->detail = dmx_slice_cstr(settings->path);
    return status;
}

bool dmx_cache_map_is_current(const struct dmx_cache_map *map, const char *path)
{
    struct stat there;
    return lstat(path, &there) == 0 && there.st_dev == map->dev && there.st_ino == map->ino &&
           (uint64_t)there.st_size == map->bytes;
}
