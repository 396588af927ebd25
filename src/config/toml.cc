#include "config.h"

#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <string_view>

#include <stdbool.h>
#include <stddef.h>

#include <toml++/toml.h>

extern "C" {
#include "config/toml.h"
}

/* No exception may pass the C code that calls this. */
extern "C" int toml_to_json(struct buf *json, const char *text, size_t size,
			    const char *name, bool is_secret,
			    struct err *err)
try {
	const toml::table document = toml::parse(std::string_view(text, size));
	std::ostringstream out;

	out << toml::json_formatter(document);
	const std::string written = out.str();
	buf_add(json, written.data(), written.size());
	return buf_check(json, "the document", err);
} catch (const toml::parse_error &error) {
	const toml::source_position &begin = error.source().begin;

	return err_set(err, D1_ERROR, "'%s' line %lu, column %lu: %s", name,
		       static_cast<unsigned long>(begin.line),
		       static_cast<unsigned long>(begin.column),
		       is_secret ? "this is not TOML" : error.what());
} catch (const std::bad_alloc &) {
	return err_set_nomem(err);
} catch (const std::exception &error) {
	return err_set(err, D1_ERROR, "'%s': %s", name,
		       is_secret ? "this is not TOML" : error.what());
} catch (...) {
	return err_set(err, D1_ERROR, "'%s' cannot be read", name);
}
