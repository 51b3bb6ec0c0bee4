// Package preflight answers, before the first apply, what stands in its way:
// whether the payer can be entered, whether it is a management account, what
// its organization has, and what only a person can do.
//
// Call [Run]; it reads and changes nothing. What it gives is the JSON form;
// text is written from that.
package preflight
