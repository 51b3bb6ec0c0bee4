package world

import (
	"bytes"
	"testing"
	"time"
)

func TestSavedWorldGoesOn(t *testing.T) {
	s := newScene(t)
	s.ok(s.TagResource(payer, s.labs, []Tag{{"a", "b"}}))
	s.ok(s.UntagResource(payer, s.labs, []string{"a"}))
	s.ok(only(s.EnablePolicyType(payer, s.root, RCP)))
	r, err := s.CreateAccount(payer, NewAccount{Name: "under-way", Email: "under@example.com"})
	s.ok(err)
	before, err := s.MarshalJSON()
	s.ok(err)
	w, err := Read(before, s.cfg)
	s.ok(err)
	after, err := w.MarshalJSON()
	s.ok(err)
	if !bytes.Equal(before, after) {
		t.Errorf("saved, read and saved again differs:\n%s\n%s", before, after)
	}
	for _, x := range []*World{s.World, w} { // both go on alike
		x.SetNow(x.Now().Add(time.Minute))
		_, err := x.CreateOrganizationalUnit(payer, s.root, "Next", nil)
		s.ok(err)
	}
	a, _ := s.MarshalJSON()
	b, _ := w.MarshalJSON()
	if !bytes.Equal(a, b) {
		t.Errorf("they go on differently:\n%s\n%s", a, b)
	}
	if got, _ := w.DescribeCreateAccountStatus(payer, r.Id); got == nil || got.State != succeeded {
		t.Errorf("the creation under way: %+v", got)
	}
}

func TestBrokenStateIsAnError(t *testing.T) {
	for _, bad := range []string{``, `{}`, `{"version":9}`, `{"version":1,"organizations":[{"id":"o-1","master":"1"}]}`} {
		if _, err := Read([]byte(bad), Config{}); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// FuzzRead wants an error or a world that works, whatever the file holds.
func FuzzRead(f *testing.F) {
	w := New(Config{Quota: 9})
	w.SetNow(noon)
	if _, err := w.CreateOrganization(payer, "ALL"); err != nil {
		f.Fatal(err)
	}
	data, err := w.MarshalJSON()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := Read(data, Config{Quota: 9})
		if err != nil {
			return
		}
		w.SetNow(noon.Add(time.Hour))
		w.ListAccounts(payer, whole)
		w.ListDelegatedAdministrators(payer, "", whole)
		w.CreateOrganizationalUnit(payer, "r-aaaa", "x", nil)
		if _, err := w.MarshalJSON(); err != nil {
			t.Error(err)
		}
	})
}
