package ou_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const org = "organization: {create: true}\n"

func rename(r *kindtest.Rig, id, name string) {
	r.Helper()
	kindtest.Must[*organizations.UpdateOrganizationalUnitOutput](r)(r.Org().UpdateOrganizationalUnit(r.Context(),
		&organizations.UpdateOrganizationalUnitInput{OrganizationalUnitId: &id, Name: aws.String(name)}))
}

func TestNestedUnits(t *testing.T) {
	kindtest.Run(t, awssim.Options{LagReads: 4}, func(t *testing.T, r *kindtest.Rig) {
		body := org + "ous: [{name: A, ous: [{name: B, ous: [{name: C, ous: [{name: D, ous: [{name: E}]}]}]}]}, {name: B}]\n"
		r.Want(r.Apply(body), "+ organization", "+ ou/A", "+ ou/A/B", "+ ou/A/B/C", "+ ou/A/B/C/D", "+ ou/A/B/C/D/E", "+ ou/B")
		r.Settled(body)
	})
}

// TestDanger24NamesThatLookLikePaths has units whose names hold what a Ref
// uses as marks, beside nested ones that read alike.
func TestDanger24NamesThatLookLikePaths(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := org + `ous: [{name: 'A/B'}, {name: A, ous: [{name: B}, {name: 'x@root'}]}, {name: '100%'}]
accounts: [{name: a, email: aws-a@acme.example, ou: 'A\/B'}]
`
		r.Want(r.Apply(body), "+ account/aws-a@acme.example", "+ organization", "+ ou/100%25", "+ ou/A", "+ ou/A/B", "+ ou/A/x%40root", `+ ou/A\/B`)
		r.Settled(body)
		units := r.UnitIDs(r.Root())
		if path := r.Accounts()["aws-a@acme.example"].Paths[0]; !strings.Contains(path, units["A/B"]) {
			t.Errorf("the account is in %s, want it in %s", path, units["A/B"])
		}
		// Foreign units with such names break no read.
		r.Unit(units["A"], "\u2028odd\n@%/\\")
		r.Settled(body)
	})
}

func TestPreviouslyRenamesWithAllThatIsInside(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		account := func(ou string) string { return "accounts: [{name: a, email: aws-a@acme.example, ou: " + ou + "}]\n" }
		r.Apply(org + "ous: [{name: Old, ous: [{name: In}]}]\n" + account("Old/In"))
		id := r.UnitIDs(r.Root())["Old"]
		body := org + "ous: [{name: New, previously: [Old], ous: [{name: In}]}]\n" + account("New/In")
		r.Want(r.Apply(body), "~ ou/New name: Old -> New")
		r.Settled(body)
		r.Equal("units", r.UnitIDs(r.Root()), map[string]string{"New": id})
		r.Equal("mark", r.TagsOf(id)["reconciler:name"], "New")
	})
}

// TestDanger10BothNamesAlive keeps previously after another unit took the old name.
func TestDanger10BothNamesAlive(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := org + "ous: [{name: New, previously: [Old]}]\n"
		r.Apply(body)
		r.Unit(r.Root(), "Old")
		_, err := r.TryPlan(body)
		r.Refused(err, "acme.yaml:6", "previously", `"New"`, `"Old"`, "alive")
	})
}

// TestRenamedWithoutOurMark is not ours to rename back: the wanted unit is made.
func TestRenamedWithoutOurMark(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org + "ous: [{name: Keep}]\n")
		id := r.Unit(r.Root(), "Labs")
		body := org + "ous: [{name: Keep}, {name: Labs}]\n"
		r.Settled(body)
		rename(r, id, "Theirs")
		p := r.Apply(body)
		r.Want(p, "+ ou/Labs")
		r.Equal("unmanaged", kindtest.Unmanaged(p), []string{"ou/Theirs"})
		r.Settled(body)
	})
}

// TestMarkOfAnotherPayerIsNoIdentity finds a unit with the wanted name in the
// mark of somebody else.
func TestMarkOfAnotherPayerIsNoIdentity(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org + "ous: [{name: Keep}]\n")
		r.Unit(r.Root(), "Theirs", kindtest.Tags("reconciler:payer", "other", "reconciler:name", "Labs")...)
		r.Want(r.Plan(org+"ous: [{name: Keep}, {name: Labs}]\n"), "+ ou/Labs")
	})
}

// TestMovedInTheTree makes the new unit, moves its accounts and leaves the old one.
func TestMovedInTheTree(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		account := func(ou string) string { return "accounts: [{name: a, email: aws-a@acme.example, ou: " + ou + "}]\n" }
		r.Apply(org + "ous: [{name: A, ous: [{name: In}]}, {name: B}]\n" + account("A/In"))
		body := org + "ous: [{name: A}, {name: B, ous: [{name: In}]}]\n" + account("B/In")
		p := r.Apply(body)
		r.Want(p, "~ account/aws-a@acme.example ou: ou/A/In -> ou/B/In", "+ ou/B/In")
		r.Equal("left", kindtest.Left(p), []string{"ou/A/In"})
		moves := 0
		for _, c := range p.Plan.Changes {
			if c.Move {
				moves++
			}
		}
		r.Equal("moves", moves, 1)
		r.Settled(body)
		// With prune the old one goes, once it is empty.
		r.Want(r.Apply(body+"safety: {prune: true}\n"), "- ou/A/In")
	})
}

// TestTagThatMustBeAbsent takes one tag off, and leaves those that nobody names.
func TestTagThatMustBeAbsent(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		root := r.Organize()
		id := r.Unit(root, "Labs", kindtest.Tags("old", "x", "theirs", "stays")...)
		body := org + "ous: [{name: Labs, tags: {old: null, gone: null}}]\n"
		r.Want(r.Apply(body), "~ ou/Labs tags.old: x -> none")
		r.Settled(body)
		r.Equal("tags", r.TagsOf(id), map[string]string{"theirs": "stays"})
	})
}

// TestChildOfRenamedIsRenamedBack renames a unit in the file, and by hand one
// below it, whose mark has the path of before.
func TestChildOfRenamedIsRenamedBack(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org + "ous: [{name: Old, ous: [{name: Child}, {name: Other}]}]\n")
		body := org + "ous: [{name: New, previously: [Old], ous: [{name: Child}, {name: Other}]}]\n"
		r.Apply(body)
		parent := r.UnitIDs(r.Root())["New"]
		child := r.UnitIDs(parent)["Child"]
		r.Equal("mark", r.TagsOf(child)["reconciler:name"], "Old/Child")
		rename(r, child, "Hand")
		r.Want(r.Apply(body), "~ ou/New/Child name: Hand -> Child")
		r.Equal("mark", r.TagsOf(child)["reconciler:name"], "New/Child")
		r.Settled(body)
	})
}

// TestWholeMarkGoesBeforeItsLastStep has two units renamed by hand whose marks
// end alike: the one whose mark is the whole path is the wanted one.
func TestWholeMarkGoesBeforeItsLastStep(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := org + "ous: [{name: New, ous: [{name: Child}]}]\n"
		r.Apply(body)
		parent := r.UnitIDs(r.Root())["New"]
		rename(r, r.UnitIDs(parent)["Child"], "Z")
		r.Unit(parent, "A", kindtest.Tags("reconciler:payer", "acme", "reconciler:name", "Old/Child")...)
		r.Unit(parent, "B", kindtest.Tags("reconciler:payer", "other", "reconciler:name", "Old/Child")...)
		r.Want(r.Plan(body), "~ ou/New/Child name: Z -> Child")
	})
}

// TestParentThatIsNotSeenYet makes a unit under one that AWS does not see
// everywhere yet.
func TestParentThatIsNotSeenYet(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org)
		r.Refuse("CreateOrganizationalUnit", "ParentNotFoundException", 2)
		body := org + "ous: [{name: A, ous: [{name: B}]}]\n"
		r.Apply(body)
		r.Settled(body)
		// A parent that stays away is an error.
		body = org + "ous: [{name: A, ous: [{name: B}, {name: C}]}]\n"
		r.Refuse("CreateOrganizationalUnit", "ParentNotFoundException", 100)
		_, err := r.TryApply(r.Plan(body))
		r.Refused(err, "ParentNotFoundException")
	})
}
