#include "config.h"

#include "render/htmlframe.h"

#include "render/htmlfiles.h"
#include "util/buf.h"
#include "util/sha256.h"

/* Puts the lines of a file together, for its hash is that of all its bytes. */
static int join(struct buf *out, const char *const *lines, struct err *err)
{
	buf_init(out, 1 << 20);
	for (; *lines; lines++)
		buf_add_string(out, *lines);
	return buf_check(out, "a file of the page", err);
}

static int hash_lines(char hash[SHA256_BASE64_SIZE], const char *const *lines,
		      struct err *err)
{
	struct buf text;

	if (join(&text, lines, err) == 0)
		(void)!sha256_base64(hash, text.data, text.len, err);
	buf_release(&text);
	return err->code;
}

static void write_lines(FILE *out, const char *const *lines)
{
	for (; *lines; lines++)
		fputs(*lines, out);
}

/*
 * The policy lets in the style and the script of this page, by their hashes,
 * and nothing else: no request, no other script, no form, no frame.
 */
int htmlframe_write_begin(FILE *out, const char *title, struct err *err)
{
	char style_hash[SHA256_BASE64_SIZE];
	char script_hash[SHA256_BASE64_SIZE];

	if (hash_lines(style_hash, html_css, err) < 0 ||
	    hash_lines(script_hash, html_js, err) < 0)
		return err->code;
	fprintf(out,
		"<!DOCTYPE html>\n"
		"<html lang=\"en\">\n"
		"<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; style-src 'sha256-%s'; "
		"script-src 'sha256-%s'; base-uri 'none'; "
		"form-action 'none'\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\">\n"
		"<title>%s</title>\n"
		"<style>",
		style_hash, script_hash, title ? title : "Differences");
	write_lines(out, html_css);
	fputs("</style>\n</head>\n<body>\n", out);
	return 0;
}

void htmlframe_write_end(FILE *out)
{
	fputs("</main>\n"
	      "<dialog id=\"help\" aria-labelledby=\"help-title\">"
	      "<h2 id=\"help-title\">Keys</h2><dl>"
	      "<dt><kbd>j</kbd> <kbd>k</kbd></dt>"
	      "<dd>next, previous change</dd>"
	      "<dt><kbd>o</kbd></dt><dd>fold the change</dd>"
	      "<dt><kbd>O</kbd></dt><dd>fold the table</dd>"
	      "<dt><kbd>/</kbd></dt><dd>filter</dd>"
	      "<dt><kbd>Esc</kbd></dt><dd>leave the filter</dd>"
	      "<dt><kbd>?</kbd></dt><dd>show this</dd></dl>"
	      "<button type=\"button\" id=\"help-close\">Close</button>"
	      "</dialog>\n<script>",
	      out);
	write_lines(out, html_js);
	fputs("</script>\n</body>\n</html>\n", out);
}
