/*
 * The statements for the changes of a plan's entry: which cells each carries.
 */
#ifndef APPLY_ROWSHAPE_H
#define APPLY_ROWSHAPE_H

#include "apply/plan.h"
#include "apply/rowstatement.h"

/* D1 takes 100 columns of a query; one is the row's place. */
enum { ROWSHAPE_COLUMNS = 98 };

/*
 * Takes cells off *rest, as many as a statement can carry besides the key:
 * each once, or twice if it carries old and new ones. False if none is left.
 */
bool rowshape_split(struct cell_set *part, struct cell_set *rest,
		    const struct plan_entry *entry, bool twice);

/* True if not all cells of a row fit beside its key. */
bool rowshape_is_wide(const struct plan_entry *entry);

/*
 * All fill `statement`, which borrows from plan and entry. `parked` speaks of
 * the table of parked rows.
 */
void rowshape_insert(struct rowstatement *statement,
		     const struct plan_entry *entry);

/* Sets the cells in `changed`. Without `guarded` the key alone is compared. */
void rowshape_update(struct rowstatement *statement,
		     const struct plan_entry *entry,
		     const struct cell_set *changed, bool guarded, bool parked);
void rowshape_delete(struct rowstatement *statement,
		     const struct plan_entry *entry, bool guarded, bool parked);

/* Deletes so many rows that are equal in all cells. */
void rowshape_delete_counted(struct rowstatement *statement,
			     const struct plan_entry *entry);

/* Copies columns of rows into another table: those by their key, or others. */
void rowshape_copy(struct rowstatement *statement,
		   const struct plan_entry *entry, bool keyed, const char *into,
		   const char *copied);

/* Gives rows the values of plan_table.displacement. */
void rowshape_displace(struct rowstatement *statement,
		       const struct plan_entry *entry);

/*
 * Opens the digest of cells that are not of the key; NULL, without an error,
 * if there are none or too many.
 */
int rowshape_digest(struct row_digest **digest, const struct plan_entry *entry,
		    const struct cell_set *cells, int side,
		    struct err *err) MUST_CHECK;

/* Asks whether all rows have the keys of that side and what the digest says. */
void rowshape_same(struct rowstatement *statement,
		   const struct plan_entry *entry, struct row_digest *digest,
		   int side, const char *guard);

/*
 * Asks for rows that are not there as that side of the change has them: in the
 * cells of `cells` and those of the key.
 */
void rowshape_missing(struct rowstatement *statement,
		      const struct plan_entry *entry,
		      const struct cell_set *cells, int side,
		      const char *guard);

/* Asks for rows whose key is there. */
void rowshape_present(struct rowstatement *statement,
		      const struct plan_entry *entry, int side,
		      const char *guard);

/* Asks for rows to which the child of the reference refers. */
void rowshape_referred(struct rowstatement *statement,
		       const struct plan_entry *entry,
		       const struct target_reference *reference,
		       const char *guard);

/* Asks for rows without a key of which there are fewer than counted. */
void rowshape_fewer(struct rowstatement *statement,
		    const struct plan_entry *entry, int side);

#endif
