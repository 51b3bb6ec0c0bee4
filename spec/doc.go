// Package spec reads payer files.
//
// Call [Load]: it gives every [Payer] of a folder, checked and with the Defaults
// filled in, and every mistake of every file at once, each an [Error] with its
// file, line and column; what may be wrong all the same are the Warnings of a
// Payer, which stop nothing. [Root] says where the repository begins.
//
// A Payer is plain data. [Payer.AllOUs], [Payer.AllAccounts] and [Payer.CSVs]
// walk it, and [PolicyRef], [AccountRef] and [AttachmentRef] give the names that
// its things have in a plan. The keys of the file itself stand in package file.
//
// What a payer file says under presets is filled in and merged before it is
// decoded. [Presets] lists the presets that there are, [Expansions] shows what
// they become in payer files.
package spec
