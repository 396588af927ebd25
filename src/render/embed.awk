# Writes the text files named on the command line as arrays of strings, each
# called after its file: html.css becomes html_css. They are declared in the
# header that `-v header=` names. POSIX awk.

BEGIN {
	print "#include \"config.h\"\n"
	print "#include \"" header "\"\n"
	print "#include <stddef.h>"
}
FNR == 1 {
	if (NR > 1)
		print "\tNULL\n};"
	name = FILENAME
	sub(/.*\//, "", name)
	gsub(/[^A-Za-z0-9]/, "_", name)
	print "\nconst char *const " name "[] = {"
}
{
	line = ""
	n = length($0)
	for (i = 1; i <= n; i++) {
		c = substr($0, i, 1)
		if (c == "\\" || c == "\"" || c == "?")
			c = "\\" c
		line = line c
	}
	print "\t\"" line "\\n\","
}
END {
	print "\tNULL\n};"
}
