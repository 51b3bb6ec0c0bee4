package resource

import "slices"

// Unit names a node of the tree by its path: the root by "", else the unit that
// is there.
func Unit(path string) Ref {
	if path == "" {
		return Ref{Kind: "root"}
	}
	return Ref{Kind: "ou", Name: path}
}

// Above lists the paths from the root down to path, which is the last of them.
func Above(path string) []string {
	all := []string{path}
	for path != "" {
		path = ParentPath(path)
		all = append(all, path)
	}
	slices.Reverse(all)
	return all
}
