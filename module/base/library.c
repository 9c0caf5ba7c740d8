/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
#include "dmx/base/library.h"

#include <dlfcn.h>
#include <string.h>

#include "dmx/base/banned.h"
#include "dmx/base/builder.h"

/* What ld.so said. Like the libraries themselves it belongs to the process, and who needs one has nobody to tell. */
static struct {
    bool untold;
    char text[320];
} trouble;

static void note_trouble(const char *file)
{
    const char *why = dlerror();
    struct dmx_builder b = dmx_builder_fixed(trouble.text, sizeof trouble.text);
    dmx_put_escaped(&b, dmx_slice_cstr(why ? why : file), 250);
    (void)dmx_builder_text(&b);
    trouble.untold = true;
}

/* dlsym gives an object's address, and C lets none become a function's but by its bytes. */
static bool find_all(void *handle, const struct dmx_library *library)
{
    for (size_t i = 0; i < library->count; i++) {
        void *address = dlsym(handle, library->names[i]);
        if (!address)
            return false;
        memcpy((char *)library->functions + i * sizeof address, &address, sizeof address);
    }
    return true;
}

bool dmx_library_load(struct dmx_library *library)
{
    if (library->tried)
        return library->ready;
    library->tried = true;
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    library->ready = handle && find_all(handle, library);
    if (!library->ready)
        note_trouble(library->file);
    return library->ready;
}

const char *dmx_library_trouble(void)
{
    const char *text = trouble.untold ? trouble.text : NULL;
    trouble.untold = false;
    return text;
}
