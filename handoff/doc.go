// Package handoff says what a vendor has to be given and what is still to do
// for it: the values of the vendor's form, the mail, sign-in links and a
// checklist.
//
// [New] makes the JSON form of a payer that was planned; text and Markdown are
// written from that form, so that they say nothing else. [Register] makes the
// one call by which a vendor learns of the payer, where its preset has one.
package handoff
