/* The files of src/render that a page holds, made part of the program. */
#ifndef RENDER_HTMLFILES_H
#define RENDER_HTMLFILES_H

/* src/render/html.css and html.js, line by line; NULL ends each. */
extern const char *const html_css[];
extern const char *const html_js[];

#endif
