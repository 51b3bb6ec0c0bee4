package main

import "testing"

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 accounts", 1: "1 account", 999: "999 accounts", 10200: "10,200 accounts"} {
		if got := count(n, "account", "accounts"); got != want {
			t.Errorf("count(%d) = %s, want %s", n, got, want)
		}
	}
}
