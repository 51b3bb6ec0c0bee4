// Package iams is what the kinds of IAM have in common: one sweep that reads
// all roles, users, groups or policies of an account, what a role, user or
// group holds of policies, and its tags.
//
// [Sweep] reads; [Principal] turns what it gives into the attributes of a live
// object, [Wants] those of a wanted one. [Roles], [Users] and [Groups] are the
// calls of each, with which [Apply] makes one equal to the other and [Strip]
// takes all policies off.
package iams
