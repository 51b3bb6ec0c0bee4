package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValidColumn(t *testing.T) {
	for column, want := range map[string]bool{
		"account_id": true, "joined": true, "tag:course": true, "tag:a:b": true, "tag:": false, "tag": false, "": false, "Email": false,
	} {
		if got := ValidColumn(column); got != want {
			t.Errorf("ValidColumn(%q) = %t", column, got)
		}
	}
	for _, c := range slices.Concat(Columns, DefaultColumns) {
		if !ValidColumn(c) {
			t.Errorf("ValidColumn(%q) = false", c)
		}
	}
}

func TestBytes(t *testing.T) {
	one := Account{ID: "000011112222", MyID: "10001", Name: "Ann \"A\", B", Email: "a@x.example", OU: "ou/Labs", Pool: "students",
		ARN: "arn:aws:organizations::1:account/o-1/000011112222", State: "ACTIVE", Joined: "2026-01-02", Tags: map[string]string{"course": "two\nlines"}}
	two := Account{ID: "333344445555", MyID: "10002", Email: "b@x.example"}
	for _, tt := range []struct {
		name string
		file File
		want string
	}{
		{"the default", File{Columns: DefaultColumns},
			"000011112222,10001,a@x.example\n333344445555,10002,b@x.example\n"},
		{"a header", File{Columns: []string{"email", "account_id"}, Header: true},
			"email,account_id\na@x.example,000011112222\nb@x.example,333344445555\n"},
		{"every column", File{Columns: append(slices.Clone(Columns), "tag:course", "tag:none")},
			"000011112222,10001,\"Ann \"\"A\"\", B\",a@x.example,ou/Labs,students,arn:aws:organizations::1:account/o-1/000011112222,ACTIVE,2026-01-02,\"two\nlines\",\n" +
				"333344445555,10002,,b@x.example,,,,,,,\n"},
		{"one column, one row empty", File{Columns: []string{"pool"}}, "students\n\"\"\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Bytes(tt.file, []Account{one, two})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("Bytes (-want +got):\n%s", diff)
			}
			if add, remove, err := Diff(nil, got, tt.file); add != 2 || remove != 0 || err != nil {
				t.Errorf("Diff from nothing = %d, %d, %v; want 2 to add", add, remove, err)
			}
		})
	}
	if got, err := Bytes(File{Columns: DefaultColumns}, nil); len(got) != 0 || err != nil {
		t.Errorf("Bytes of no accounts = %q, %v", got, err)
	}
}

func TestBytesRefuses(t *testing.T) {
	good := Account{ID: "111122223333", MyID: "1", Email: "a@x.example"}
	for _, tt := range []struct {
		name    string
		columns []string
		change  func(*Account)
		want    string
	}{
		{"no columns", nil, func(*Account) {}, "write a.csv: no columns"},
		{"an unknown column", []string{"id"}, func(*Account) {}, `write a.csv: no column "id"`},
		{"a formula", DefaultColumns, func(a *Account) { a.MyID = "=1+1" }, `write a.csv: account 111122223333: a spreadsheet would run my_id "=1+1"`},
		{"plus", DefaultColumns, func(a *Account) { a.Email = "+a@x.example" }, `write a.csv: account 111122223333: a spreadsheet would run email "+a@x.example"`},
		{"minus", []string{"name"}, func(a *Account) { a.Name = "-1" }, `write a.csv: account 111122223333: a spreadsheet would run name "-1"`},
		{"at", []string{"ou"}, func(a *Account) { a.OU = "@SUM" }, `write a.csv: account 111122223333: a spreadsheet would run ou "@SUM"`},
		{"tab", []string{"pool"}, func(a *Account) { a.Pool = "\t=1" }, `write a.csv: account 111122223333: a spreadsheet would run pool "\t=1"`},
		{"return", []string{"tag:a"}, func(a *Account) { a.Tags = map[string]string{"a": "\r=1"} },
			`write a.csv: account 111122223333: a spreadsheet would run tag:a "\r=1"`},
		{"two at once", DefaultColumns, func(a *Account) { a.ID, a.MyID = "1", "=2" },
			"write a.csv: account a@x.example: account_id \"1\" is not 12 digits\nwrite a.csv: account 1: a spreadsheet would run my_id \"=2\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := good
			tt.change(&bad)
			got, err := Bytes(File{Path: "a.csv", Columns: tt.columns}, []Account{good, bad})
			if err == nil || err.Error() != tt.want || got != nil {
				t.Errorf("Bytes = %q, %v\nwant %s", got, err, tt.want)
			}
		})
	}
	fine := good
	fine.Name = "=1+1"
	if _, err := Bytes(File{Columns: DefaultColumns}, []Account{fine}); err != nil {
		t.Errorf("Bytes looks at a column that is not written: %v", err)
	}
}

func TestDiff(t *testing.T) {
	plain := File{Path: "a.csv", Columns: []string{"account_id", "email"}}
	header := plain
	header.Header = true
	for _, tt := range []struct {
		name          string
		file          File
		before, after string
		add, remove   int
	}{
		{"nothing", plain, "", "", 0, 0},
		{"equal", plain, "1,a\n2,b\n", "1,a\n2,b\n", 0, 0},
		{"another order, line ends of Windows", plain, "\ufeff2,b\r\n1,a\r\n", "1,a\n2,b\n", 0, 0},
		{"a row more", plain, "1,a\n", "1,a\n2,b\n", 1, 0},
		{"a row less", plain, "1,a\n2,b\n", "2,b\n", 0, 1},
		{"a changed row", plain, "1,a\n2,b\n", "1,a\n2,c\n", 1, 1},
		{"a row twice", plain, "1,a\n1,a\n", "1,a\n", 0, 1},
		{"commas inside", plain, "\"1,a\",b\n", "1,\"a,b\"\n", 1, 1},
		{"a header", header, "", "account_id,email\n1,a\n", 1, 0},
		{"a header that was not there", header, "1,a\n", "account_id,email\n1,a\n", 0, 0},
		{"a header that goes", plain, "account_id,email\n1,a\n", "1,a\n", 0, 0},
		{"columns that change", header, "email,account_id,pool\na,1,x\n", "account_id,email\n1,a\n", 1, 1},
		{"no header of ours", plain, "email,name\n", "", 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			add, remove, err := Diff([]byte(tt.before), []byte(tt.after), tt.file)
			if add != tt.add || remove != tt.remove || err != nil {
				t.Errorf("Diff = %d, %d, %v; want %d, %d", add, remove, err, tt.add, tt.remove)
			}
		})
	}
	for _, no := range []string{"1,a\n1\n", "a\"b,c\n"} {
		if _, _, err := Diff([]byte(no), nil, plain); err == nil || !strings.HasPrefix(err.Error(), "read a.csv: ") {
			t.Errorf("Diff from %q = %v, want an error that names the file", no, err)
		}
	}
}

func TestIDs(t *testing.T) {
	const one, two = "111122223333", "000011112222"
	all := []string{"account_id", "my_id", "email"}
	for _, tt := range []struct {
		name    string
		columns []string
		in      string
		want    []string
	}{
		{"empty", all, "", nil},
		{"rows", all, one + ",1,a@x\n" + two + ",2,b@x\n", []string{one, two}},
		{"another column", []string{"email", "account_id"}, "a@x," + one + "\n", []string{one}},
		{"a header of ours", all, "email,account_id\na@x," + one + "\n", []string{one}},
		{"a header alone", all, "email,account_id\n", nil},
		{"more columns than before", append(all, "pool"), one + ",1,a@x\n", []string{one}},
		{"the columns of before, when there were none in the file", []string{"email", "account_id"}, one + ",1,a@x\n" + two + ",,b@x\n", []string{one, two}},
		{"no account ids wanted", []string{"my_id", "email"}, "1,a@x\n", nil},
		{"ids of twelve digits", all, one + "," + two + ",a@x\n", []string{one}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := IDs(File{Path: "a.csv", Columns: tt.columns}, []byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("IDs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDangerForeignFile: what is not a CSV of ours is never taken for one.
func TestDangerForeignFile(t *testing.T) {
	for name, in := range map[string]string{
		"a workflow":                       "name: deploy\non: push\njobs:\n  x:\n    runs-on: y\n",
		"a readme":                         "# Labs\n\nHello, world\n",
		"another CSV":                      "id,first,mail\n1,Ann,a@x.example\n",
		"another CSV of as many columns":   "1,Ann,a@x.example\n",
		"an id that a spreadsheet cut":     "11112222333,1,a@x.example\n",
		"an id that a spreadsheet rounded": "1.11E+11,1,a@x.example\n",
		"rows of two lengths":              "111122223333,1,a@x.example\n111122223333\n",
		"two columns that could be ids":    "a@x.example,111122223333,444455556666\n",
		"bytes":                            "\x00\x01\"\x02",
		"owners of accounts":               "alice,111122223333\nbob,444455556666\n",
		"columns in another order":         "a@x.example,1,111122223333\n",
		"a list of ids":                    "111122223333\n",
		"accounts without addresses":       "111122223333,1,a@x.example\n111122223333,alice,\n,,\n",
		"contacts":                         "name,email\nAnn,a@x.example\n",
	} {
		if got, err := IDs(File{Path: "a.csv", Columns: DefaultColumns}, []byte(in)); err == nil {
			t.Errorf("%s: IDs = %v, want an error", name, got)
		} else if !strings.HasPrefix(err.Error(), "read a.csv: ") {
			t.Errorf("%s: IDs = %v, want an error that names the file", name, err)
		}
	}
}

func many(n int) []Account {
	rows := make([]Account, n)
	for i := range rows {
		rows[i] = Account{ID: fmt.Sprintf("%012d", i), MyID: fmt.Sprint(i), Email: fmt.Sprintf("labs%d@x.example", i)}
	}
	return rows
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("a", "10001", "Ann", true)
	f.Add("\"", "a\r\nb", ",", false)
	f.Add("", "", "", false)
	f.Fuzz(func(t *testing.T, email, id, name string, header bool) {
		file := File{Columns: []string{"email", "my_id", "name", "account_id"}, Header: header}
		b, err := Bytes(file, []Account{{ID: "111122223333", MyID: id, Email: email + "@x.example", Name: name}})
		if err != nil {
			return
		}
		if add, remove, err := Diff(nil, b, file); add != 1 || remove != 0 || err != nil {
			t.Errorf("Diff(nil, %q) = %d, %d, %v", b, add, remove, err)
		}
		if add, remove, err := Diff(b, b, file); add != 0 || remove != 0 || err != nil {
			t.Errorf("Diff of %q and itself = %d, %d, %v", b, add, remove, err)
		}
		if ids, err := IDs(file, b); err != nil || len(ids) != 1 || ids[0] != "111122223333" {
			t.Errorf("IDs(%q) = %v, %v", b, ids, err)
		}
	})
}

func BenchmarkTenThousand(b *testing.B) {
	rows := many(10_000)
	file := File{Columns: DefaultColumns}
	b.ReportAllocs()
	for b.Loop() {
		got, err := Bytes(file, rows)
		if err != nil {
			b.Fatal(err)
		}
		if add, _, err := Diff(got, got, file); add != 0 || err != nil {
			b.Fatal(add, err)
		}
	}
}
