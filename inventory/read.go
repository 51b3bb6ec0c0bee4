package inventory

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

// IDs gives the account ids in a CSV of ours, in its order. A file of other
// columns than f has is one of ours if its header says so, account_id among
// them, or if every row is one of [DefaultColumns]; anything else is an error.
// Where f has no column account_id and b is of its columns, the ids are nil. An
// empty file has none.
func IDs(f File, b []byte) ([]string, error) {
	records, err := f.records(b)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, nil
	}
	columns := f.Columns
	if f.isHeader(records[0]) {
		columns, records = records[0], records[1:]
	}
	if len(records) == 0 {
		return nil, nil
	}
	if !fits(columns, records) {
		if columns = DefaultColumns; !isDefault(records) {
			return nil, fmt.Errorf("read %s: its rows are not %s", f.Path, strings.Join(f.Columns, ", "))
		}
	}
	at := slices.Index(columns, "account_id")
	if at < 0 {
		return nil, nil
	}
	return column(records, at), nil
}

func column(records [][]string, at int) []string {
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r[at]
	}
	return ids
}

// fits reports whether every record could be a row of the columns.
func fits(columns []string, records [][]string) bool {
	for _, r := range records {
		if len(r) != len(columns) {
			return false
		}
		for i, c := range columns {
			if !plausible(c, r[i]) {
				return false
			}
		}
	}
	return true
}

// isDefault reports whether every record could be nothing but a row of the
// default columns.
func isDefault(records [][]string) bool {
	return fits(DefaultColumns, records) &&
		!slices.ContainsFunc(records, func(r []string) bool { return r[2] == "" })
}

func plausible(column, value string) bool {
	switch column {
	case "account_id":
		return isAccountID(value)
	case "email":
		return value == "" || strings.Contains(value, "@")
	case "arn":
		return value == "" || strings.HasPrefix(value, "arn:")
	}
	return true
}

func isAccountID(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// isHeader reports whether the record names columns of ours. A file that should
// have no header may still have one, from before its shape changed.
func (f File) isHeader(record []string) bool {
	if slices.Equal(record, f.Columns) {
		return f.Header || len(record) > 1
	}
	return len(record) > 1 && slices.Contains(record, "account_id") &&
		!slices.ContainsFunc(record, func(v string) bool { return !ValidColumn(v) })
}

// rows are the records without the header.
func (f File) rows(b []byte) ([][]string, error) {
	records, err := f.records(b)
	if err == nil && len(records) > 0 && f.isHeader(records[0]) {
		records = records[1:]
	}
	return records, err
}

// records reads all records, which are of one length.
func (f File) records(b []byte) ([][]string, error) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) // a spreadsheet may have saved it
	records, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Path, err)
	}
	return records, nil
}
