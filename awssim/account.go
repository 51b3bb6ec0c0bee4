package awssim

import (
	"encoding/json"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// accountInput holds the members of every input of the Account API.
type accountInput struct {
	AccountID            string `json:"AccountId"`
	AccountName          string
	AlternateContactType string
	EmailAddress         string
	Name                 string
	PhoneNumber          string
	Title                string
}

var accounts = map[string]operation{
	"PutAccountName": {write: true, noConflict: true, need: []string{"AccountName"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.PutAccountName(c.who.Account, c.acct.AccountID, c.acct.AccountName))
	}},
	"GetAccountInformation": {noConflict: true, run: func(w *world.World, c *call) (any, error) {
		i, err := w.GetAccountInformation(c.who.Account, c.acct.AccountID)
		if err != nil {
			return nil, err
		}
		created := i.Created.UTC().Format("2006-01-02T15:04:05Z")
		return map[string]string{"AccountId": i.ID, "AccountName": i.Name, "AccountState": i.State, "AccountCreatedDate": created}, nil
	}},
	"PutAlternateContact": {write: true, noConflict: true, need: []string{"Name", "Title", "EmailAddress", "PhoneNumber", "AlternateContactType"}, run: func(w *world.World, c *call) (any, error) {
		in := c.acct
		return none(w.PutAlternateContact(c.who.Account, in.AccountID, world.Contact{
			Name: in.Name, Title: in.Title, EmailAddress: in.EmailAddress, PhoneNumber: in.PhoneNumber, AlternateContactType: in.AlternateContactType,
		}))
	}},
	"GetAlternateContact": {noConflict: true, need: []string{"AlternateContactType"}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.GetAlternateContact(c.who.Account, c.acct.AccountID, c.acct.AlternateContactType)
		return wrap("AlternateContact", &out, err)
	}},
	"DeleteAlternateContact": {write: true, noConflict: true, need: []string{"AlternateContactType"}, run: func(w *world.World, c *call) (any, error) {
		return none(w.DeleteAlternateContact(c.who.Account, c.acct.AccountID, c.acct.AlternateContactType))
	}},
}

var (
	accountName = regexp.MustCompile(`^[ -;=?-~]+$`)
	contactMail = regexp.MustCompile(`^\s*[\w+=.#|!&-]+@[\w.-]+\.\w+\s*$`)
	phoneNumber = regexp.MustCompile(`^[\s0-9()+-]+$`)
)

// readAccount decodes and checks an input of the Account API.
func readAccount(c *call, op operation) error {
	c.acct = &accountInput{}
	if len(c.Body) > 0 && json.Unmarshal(c.Body, c.acct) != nil {
		return invalidAccount("the request body is not JSON")
	}
	in := c.acct
	fields := []field{
		is("AccountId", in.AccountID, rule{pattern: accountID}),
		is("AccountName", in.AccountName, rule{1, 50, accountName}),
		is("AlternateContactType", in.AlternateContactType, rule{}, "BILLING", "OPERATIONS", "SECURITY"),
		is("EmailAddress", in.EmailAddress, rule{1, 254, contactMail}),
		is("Name", in.Name, rule{1, 64, nil}),
		is("PhoneNumber", in.PhoneNumber, rule{1, 25, phoneNumber}),
		is("Title", in.Title, rule{1, 50, nil}),
	}
	for _, f := range fields {
		n := utf8.RuneCountInString(f.value)
		switch {
		case !f.given && !slices.Contains(op.need, f.name):
		case !f.given, n > f.rule.max && f.rule.max > 0,
			f.rule.pattern != nil && !f.rule.pattern.MatchString(f.value),
			len(f.enum) > 0 && !slices.Contains(f.enum, f.value):
			return invalidAccount(f.name + " is missing or not of the form that the API asks for")
		}
	}
	return nil
}

func invalidAccount(what string) error {
	return &world.Error{Code: "ValidationException", Message: what}
}
