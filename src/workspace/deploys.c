#include "config.h"

#include "workspace/deploys.h"

#include <stdio.h>
#include <stdlib.h>

#include "workspace/report.h"

int deploys_open(struct deploy_record **record, struct workspace *workspace,
		 const char *target, bool writes, struct err *err)
{
	const struct repository *repository;
	char *dir;

	*record = NULL;
	if (workspace_repository(workspace, &repository, err) < 0) {
		if (err->code == D1_ENOTFOUND)
			err_clear(err);
		return err->code;
	}
	if (asprintf(&dir, "%s/d1/deploys", repository->common_dir) < 0)
		return err_set_nomem(err);
	(void)!deploy_record_open(record, dir, target, writes, err);
	free(dir);
	return err->code;
}

void deploys_forget(struct workspace *workspace, const char *target)
{
	struct deploy_record *record = NULL;
	struct err err = ERR_INIT;

	if (deploys_open(&record, workspace, target, true, &err) == 0 &&
	    record)
		(void)!deploy_record_forget(record, &err);
	deploy_record_close(record);
	if (err.code)
		report_warning_err(&err);
}
