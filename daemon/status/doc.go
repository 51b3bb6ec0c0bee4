// Package status is what a daemon says of itself: the JSON form behind /status,
// and the table that people read.
//
// A daemon begins with [NewBoard], changes it with [Board.Update] and its
// siblings, and serves [Board.Handler]. A reader of the form begins with [Read] and
// shows it with [WriteText].
package status
