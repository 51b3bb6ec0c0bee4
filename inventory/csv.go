package inventory

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Columns are the columns that a file may have, in the order in which they are
// documented. Beside them stands tag:KEY, for any tag.
var Columns = []string{"account_id", "my_id", "name", "email", "ou", "pool", "arn", "state", "joined"}

// DefaultColumns are those of a file that names none.
var DefaultColumns = []string{"account_id", "my_id", "email"}

// ValidColumn reports whether a file may have the column.
func ValidColumn(column string) bool {
	key, isTag := strings.CutPrefix(column, "tag:")
	return isTag && key != "" || slices.Contains(Columns, column)
}

// Account is one row before its columns are chosen.
type Account struct {
	ID, MyID, Name, Email, OU, Pool, ARN, State, Joined string
	Tags                                                map[string]string
}

// value gives a column that ValidColumn knows; a tag that is not set is empty.
func (a *Account) value(column string) string {
	switch column {
	case "account_id":
		return a.ID
	case "my_id":
		return a.MyID
	case "name":
		return a.Name
	case "email":
		return a.Email
	case "ou":
		return a.OU
	case "pool":
		return a.Pool
	case "arn":
		return a.ARN
	case "state":
		return a.State
	case "joined":
		return a.Joined
	}
	return a.Tags[strings.TrimPrefix(column, "tag:")]
}

// File is the shape of one CSV.
type File struct {
	Path    string   // names the file in errors
	Columns []string // of [Columns], or tag:KEY
	Header  bool     // the first row names the columns
}

func (f File) check() error {
	if len(f.Columns) == 0 {
		return fmt.Errorf("write %s: no columns", f.Path)
	}
	for _, c := range f.Columns {
		if !ValidColumn(c) {
			return fmt.Errorf("write %s: no column %q", f.Path, c)
		}
	}
	return nil
}

// Runs reports whether a spreadsheet that opens a CSV would take the value for a
// formula, and run it.
func Runs(value string) bool {
	return value != "" && strings.ContainsRune("=+-@\t\r\n", rune(value[0]))
}

// Bytes gives the file of the accounts, in their order: RFC 4180 with line ends
// of \n. A value that a spreadsheet would run, or an account id that is none, is an
// error that names it; all of them are reported at once, and then there are no bytes.
func Bytes(f File, rows []Account) ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow((len(rows) + 1) * 24 * len(f.Columns))
	w := csv.NewWriter(&out)
	if f.Header {
		w.Write(f.Columns) // a bytes.Buffer takes all
	}
	var problems []error
	record := make([]string, len(f.Columns))
	for i := range rows {
		for j, c := range f.Columns {
			v := rows[i].value(c)
			switch {
			case Runs(v):
				problems = append(problems, fmt.Errorf("write %s: account %s: a spreadsheet would run %s %q",
					f.Path, rows[i].ID, c, v))
			case c == "account_id" && !isAccountID(v):
				problems = append(problems, fmt.Errorf("write %s: account %s: account_id %q is not 12 digits",
					f.Path, rows[i].Email, v))
			}
			record[j] = v
		}
		if len(record) == 1 && record[0] == "" {
			w.Flush()
			out.WriteString("\"\"\n") // csv.Writer gives an empty line, which no reader counts as a row
			continue
		}
		w.Write(record)
	}
	w.Flush()
	if err := errors.Join(append(problems, w.Error())...); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Diff counts the rows that after has and before has not, and the reverse; a row
// that changed is one of each, the order of rows and the header count for
// nothing. Without before, every row is added.
func Diff(before, after []byte, f File) (add, remove int, err error) {
	had, err := f.rows(before)
	if err != nil {
		return 0, 0, err
	}
	has, err := f.rows(after)
	if err != nil {
		return 0, 0, err
	}
	balance := make(map[string]int, len(has))
	for _, row := range has {
		balance[rowKey(row)]++
	}
	for _, row := range had {
		balance[rowKey(row)]--
	}
	for _, n := range balance {
		if n > 0 {
			add += n
		} else {
			remove -= n
		}
	}
	return add, remove, nil
}

// rowKey is one text a row; the lengths keep two rows from looking alike.
func rowKey(row []string) string {
	var b []byte
	for _, v := range row {
		b = strconv.AppendInt(b, int64(len(v)), 10)
		b = append(append(b, ':'), v...)
	}
	return string(b)
}
