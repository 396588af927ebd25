#include "config.h"

#include "cmd/setup.h"

#include <stdio.h>

#include "render/name.h"
#include "util/replacement.h"
#include "workspace/report.h"

void setup_add_told(struct setup *setup, const char *verb, const char *what)
{
	buf_add_format(&setup->told, "%s ", verb);
	name_add_text(&setup->told, what);
	buf_add_char(&setup->told, '\n');
}

int setup_tell(struct setup *setup, struct err *err)
{
	if (buf_check(&setup->told, "the output", err) == 0 && setup->told.len)
		fwrite(setup->told.data, 1, setup->told.len, stdout);
	buf_clear(&setup->told);
	return err->code;
}

int setup_write_file(const char *path, const struct buf *text, struct err *err)
{
	struct replacement *file;

	if (replacement_create(&file, path, err) == 0 &&
	    replacement_write(file, text->data, text->len, err) == 0)
		(void)!replacement_publish(file, err);
	replacement_close(file);
	return err->code;
}

int setup_set(struct setup *setup, const struct driver_setting *setting,
	      struct err *err)
{
	const char *value = git_config_get(&setup->git, setting->key);
	bool dry_run = setup->dry_run;

	switch (driver_setting_state(setting, &setup->git)) {
	case DRIVER_READY:
		printf("found %s = %s\n", setting->key, setting->value);
		return 0;
	case DRIVER_OTHER:
		if (setup->force)
			break;
		report_warning("%s is '%s', not '%s': left as it is",
			       setting->key, value, setting->value);
		report_hint("'git d1 init --force' overwrites it");
		return 0;
	case DRIVER_MISSING:
		break;
	}
	if (!dry_run &&
	    driver_setting_write(setting, setup->workspace.worktree, err) < 0)
		return err->code;
	printf("%s %s = %s\n", dry_run ? "would set" : "set", setting->key,
	       setting->value);
	return 0;
}
