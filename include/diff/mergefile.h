/*
 * The three-way merge of a data file (format/datafile.h): rows are merged by
 * key and cell (diff/merge.h), heads as diff/mergehead.h has it.
 *
 * A row in conflict stands between markers, one whole row on each side, so that
 * a person can choose one line and delete the others:
 *
 *	<<<<<<< ours
 *	INSERT INTO "lines" VALUES('berlin','M44','Metrotram','#a5027d');
 *	||||||| base
 *	INSERT INTO "lines" VALUES('berlin','M44','Metrotram','#b50b30');
 *	=======
 *	INSERT INTO "lines" VALUES('berlin','M44','Metrotram','#00629e');
 *	>>>>>>> theirs
 *
 * All of these rows carry the merged values of the cells that are not in
 * conflict. A side that has no such row has no line.
 */
#ifndef DIFF_MERGEFILE_H
#define DIFF_MERGEFILE_H

#include "diff/merge.h"
#include "format/datafile.h"
#include "util/replacement.h"

struct mergefile {
	/* the three files; an empty BASE stands for no common ancestor */
	const char *paths[MERGE_SIDES];
	const char *labels[MERGE_SIDES]; /* behind the markers */
	const char *names[MERGE_SIDES];	 /* of the files, in messages */
	size_t marker_size;
	bool show_base; /* between the markers */
	/* no markers: a cell in conflict is as in the base, and nobody is told
	 */
	bool keep_base;
	/*
	 * Finds the collations of the key's columns, nkey of them, which are
	 * BINARY so far.
	 */
	int (*collate)(void *context, enum collation *collations,
		       const char *table, const char *const *key, size_t nkey,
		       struct err *err);
	/* Is told of each row in conflict. */
	void (*conflict)(void *context, const struct datafile_header *header,
			 const struct merged_row *row);
	void *context;
};

/*
 * Merges the files into `out`, which is not published. A file that is no data
 * file, and what cannot be merged by rows, is D1_ERROR or D1_ECONFLICT; what is
 * in `out` is of no use then.
 */
int mergefile_run(const struct mergefile *files, struct replacement *out,
		  struct merge_result *result, struct err *err) MUST_CHECK;

#endif
