#include "config.h"

#include "cmd/transfer.h"

#include <stdio.h>

#include "workspace/choosing.h"
#include "workspace/colors.h"

static int ask(struct transfer *self, int side, struct changes *chosen,
	       bool *quit, struct err *err)
{
	struct render_options render = { .context = 3 };
	struct diff_colors colors;
	struct choosing choosing = { .changes = self->lists[side],
				     .chosen = chosen,
				     .verb = side == OLD ? "push" : "pull",
				     .render = &render,
				     .colors = &colors,
				     .in = stdin,
				     .out = stdout };

	transfer_describe(self, side, &render);
	if (workspace_git(&self->workspace, err) < 0 ||
	    colors_load(&colors, COLOR_UNSET, &self->workspace.git, err) < 0 ||
	    choosing_run(&choosing, err) < 0)
		return err->code;
	*quit = choosing.quit;
	return 0;
}

/* After the end of the answers nothing more is wanted. */
static int choose_for(struct transfer *self, int side, bool *quit,
		      struct err *err)
{
	struct changes *chosen = NULL;

	if (changes_open(&chosen, err) < 0 ||
	    (!*quit && ask(self, side, chosen, quit, err) < 0)) {
		changes_close(chosen);
		return err->code;
	}
	changes_close(self->lists[side]);
	self->lists[side] = chosen;
	return 0;
}

int transfer_choose(struct transfer *self, struct err *err)
{
	bool quit = false;

	/* who reads a file may hinder others from writing to it */
	source_close(self->sources[NEW]);
	self->sources[NEW] = NULL;
	for (int side = OLD; side <= NEW; side++)
		if (self->lists[side] &&
		    !changes_are_empty(self->lists[side]) &&
		    choose_for(self, side, &quit, err) < 0)
			return err->code;
	return 0;
}
