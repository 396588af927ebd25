/* The file hooks/shim, made part of the program. */
#ifndef HOOKS_SHIMFILE_H
#define HOOKS_SHIMFILE_H

/* Its lines; NULL ends them. */
extern const char *const shim[];

#endif
