// Package words says numbers, lists, times and commits to a person, each in one
// way, so that a plan, a status and a message of chat say the same of the same.
//
// A number: [Count] with its noun, else [Comma]. Names in a sentence:
// [Some]; values side by side: [List]. A time that has
// passed: [Age]; one that something will take: [Estimate]. A commit: [Commit].
//
// What it is given stands in the text as it is: who shows what others wrote
// makes that safe to show before.
package words
