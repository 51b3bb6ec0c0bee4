package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// AccountRow is one account of `reconciler accounts`.
type AccountRow struct {
	Payer     string `json:"payer,omitempty"`
	MyID      string `json:"myId"`
	Name      string `json:"name"`
	AccountID string `json:"accountId"`
	Email     string `json:"email"`
	OU        string `json:"ou"`
	State     string `json:"state"`
	Pool      string `json:"pool"`
}

// accountList is the JSON form of accounts.
type accountList struct {
	FormatVersion string       `json:"formatVersion"`
	Accounts      []AccountRow `json:"accounts"`
}

// accountColumns are the headings, and those of the CSV.
var accountColumns = []string{"my_id", "name", "account_id", "email", "ou", "state", "pool"}

func (r AccountRow) cells() []string {
	return []string{r.MyID, r.Name, r.AccountID, r.Email, r.OU, r.State, r.Pool}
}

// WriteAccounts writes accounts as text, json or csv. CSV has a column payer in
// front; text has it where several payers were asked for. Both show values as
// [Clean] does, which changes no name that AWS allows.
func WriteAccounts(w io.Writer, rows []AccountRow, format string, several bool) error {
	switch format {
	case "json":
		return EncodeJSON(w, accountList{FormatVersion, append([]AccountRow{}, rows...)})
	case "csv":
		c := csv.NewWriter(w)
		if err := c.WriteAll(table(rows, true)); err != nil {
			return fmt.Errorf("write accounts: %w", err)
		}
		return nil
	case "text":
		var b strings.Builder
		writeTable(&b, table(rows, several))
		return flush(w, &b)
	}
	return fmt.Errorf("write accounts: format %q is not text, json or csv", format)
}

// table gives the heading and the rows, behind their payer where that is wanted.
func table(rows []AccountRow, payers bool) [][]string {
	out := make([][]string, 0, len(rows)+1)
	add := func(payer string, cells []string) {
		var row []string
		if payers {
			row = append(row, Clean(payer))
		}
		for _, c := range cells {
			row = append(row, Clean(c))
		}
		out = append(out, row)
	}
	add("payer", accountColumns)
	for _, r := range rows {
		add(r.Payer, r.cells())
	}
	return out
}

// writeTable aligns cells in columns two spaces apart; an empty cell is a dash.
func writeTable(b *strings.Builder, cells [][]string) {
	shown := make([][]string, len(cells))
	widths := make([]int, len(cells[0]))
	for i, row := range cells {
		shown[i] = make([]string, len(row))
		for j, c := range row {
			if c == "" {
				c = "-"
			}
			if i == 0 {
				c = strings.ToUpper(strings.ReplaceAll(c, "_", " "))
			}
			shown[i][j] = c
			widths[j] = max(widths[j], width(c))
		}
	}
	for _, row := range shown {
		for j, c := range row {
			b.WriteString(c)
			if j < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[j]-width(c)+2))
			}
		}
		b.WriteByte('\n')
	}
}
