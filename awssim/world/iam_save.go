package world

import (
	"fmt"
	"time"
)

// The structures of this file are the IAM of an account as JSON. Documents
// stand once, in a list of the world, and are told by their place in it.
type savedIAM struct {
	Roles    []savedIAMRole `json:"roles,omitempty"`
	Users    []savedUser    `json:"users,omitempty"`
	Groups   []savedGroup   `json:"groups,omitempty"`
	Policies []savedManaged `json:"policies,omitempty"`
}

type savedEntity struct {
	Name     string        `json:"name"`
	Path     string        `json:"path"`
	ID       string        `json:"id"`
	Created  time.Time     `json:"created"`
	Fresh    bool          `json:"fresh,omitempty"`
	Inline   []savedInline `json:"inline,omitempty"`
	Attached []string      `json:"attached,omitempty"`
	Boundary string        `json:"boundary,omitempty"`
	Tags     []Tag         `json:"tags,omitempty"`
}

type savedInline struct {
	Name string `json:"name"`
	Doc  int    `json:"doc"`
}

type savedIAMRole struct {
	savedEntity
	Trust       int         `json:"trust"`
	Bound       [][2]string `json:"bound,omitempty"`
	Description string      `json:"description,omitempty"`
	Session     int32       `json:"session"`
	Service     string      `json:"service,omitempty"`
}

type savedUser struct {
	savedEntity
	Keys  []savedKey `json:"keys,omitempty"`
	Login *savedKey  `json:"login,omitempty"`
	Reset bool       `json:"reset,omitempty"`
	MFA   []savedKey `json:"mfa,omitempty"`

	SSH          []savedCredential `json:"ssh,omitempty"`
	Certificates []savedCredential `json:"certificates,omitempty"`
	Credentials  []savedCredential `json:"credentials,omitempty"`
}

// savedKey is anything of a user that has an id and a time.
type savedKey struct {
	ID      string    `json:"id,omitempty"`
	Created time.Time `json:"created"`
}

// savedCredential is what is uploaded, or made for one service.
type savedCredential struct {
	savedKey
	Of string `json:"of"`
}

func saveCredentials(list []credential) (out []savedCredential) {
	for _, k := range list {
		out = append(out, savedCredential{savedKey{k.id, k.created}, k.of})
	}
	return out
}

func readCredentials(list []savedCredential) (out []credential) {
	for _, k := range list {
		out = append(out, credential{k.ID, k.Of, k.Created})
	}
	return out
}

type savedGroup struct {
	savedEntity
	Members []string `json:"members,omitempty"`
}

type savedManaged struct {
	Name        string         `json:"name"`
	Path        string         `json:"path"`
	ID          string         `json:"id"`
	Description string         `json:"description,omitempty"`
	Created     time.Time      `json:"created"`
	Updated     time.Time      `json:"updated"`
	Current     int            `json:"current"`
	Last        int            `json:"last"`
	Versions    []savedVersion `json:"versions"`
	Tags        []Tag          `json:"tags,omitempty"`
}

type savedVersion struct {
	Number  int       `json:"number"`
	Doc     int       `json:"doc"`
	Created time.Time `json:"created"`
}

// shelf gives documents their places while a world is written.
type shelf struct {
	texts  []string
	places map[*document]int
}

func (s *shelf) place(d *document) int {
	if i, ok := s.places[d]; ok {
		return i
	}
	s.texts = append(s.texts, d.text)
	s.places[d] = len(s.texts) - 1
	return len(s.texts) - 1
}

func (s *shelf) entity(e *entity) savedEntity {
	out := savedEntity{Name: e.name, Path: e.path, ID: e.id, Created: e.created, Fresh: e.fresh, Attached: e.attached, Boundary: e.boundary, Tags: e.tags}
	for _, p := range e.inline {
		out.Inline = append(out.Inline, savedInline{p.name, s.place(p.doc)})
	}
	return out
}

func (s *shelf) save(ids *identities) *savedIAM {
	if ids == nil {
		return nil
	}
	out := &savedIAM{}
	for _, r := range ids.roles {
		x := savedIAMRole{savedEntity: s.entity(&r.entity), Trust: s.place(r.trust), Description: r.desc, Session: r.session, Service: r.service}
		for _, b := range r.bound {
			x.Bound = append(x.Bound, [2]string{b.arn, b.id})
		}
		out.Roles = append(out.Roles, x)
	}
	for _, u := range ids.users {
		x := savedUser{savedEntity: s.entity(&u.entity), SSH: saveCredentials(u.ssh),
			Certificates: saveCredentials(u.certificates), Credentials: saveCredentials(u.credentials)}
		for _, k := range u.keys {
			x.Keys = append(x.Keys, savedKey{k.id, k.created})
		}
		for _, d := range u.mfa {
			x.MFA = append(x.MFA, savedKey{d.serial, d.created})
		}
		if u.login != nil {
			x.Login, x.Reset = &savedKey{Created: u.login.created}, u.login.reset
		}
		out.Users = append(out.Users, x)
	}
	for _, g := range ids.groups {
		x := savedGroup{savedEntity: s.entity(&g.entity)}
		for _, u := range g.members {
			x.Members = append(x.Members, u.name)
		}
		out.Groups = append(out.Groups, x)
	}
	for _, p := range ids.policies {
		x := savedManaged{
			Name: p.name, Path: p.path, ID: p.id, Description: p.desc, Created: p.created, Updated: p.updated,
			Current: p.current, Last: p.last, Tags: p.tags,
		}
		for _, v := range p.versions {
			x.Versions = append(x.Versions, savedVersion{v.number, s.place(v.doc), v.created})
		}
		out.Policies = append(out.Policies, x)
	}
	return out
}

// unshelf finds documents by their places while a world is read.
type unshelf []*document

func (w *World) readDocuments(texts []string) (unshelf, error) {
	out := make(unshelf, len(texts))
	for i, t := range texts {
		d, err := w.known(t)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

func (u unshelf) at(place int) (*document, error) {
	if place < 0 || place >= len(u) {
		return nil, fmt.Errorf("policy document %d is missing", place)
	}
	return u[place], nil
}

func (w *World) readEntity(docs unshelf, s savedEntity) (entity, error) {
	e := entity{
		name: w.same(s.Name), path: w.same(s.Path), id: s.ID, created: s.Created, fresh: s.Fresh,
		attached: s.Attached, boundary: s.Boundary, tags: w.sharedTags(s.Tags),
	}
	if len(e.attached) == 1 && e.attached[0] == administrator {
		e.attached = onlyAdministrator
	}
	for _, p := range s.Inline {
		d, err := docs.at(p.Doc)
		if err != nil {
			return e, err
		}
		e.inline = append(e.inline, inlinePolicy{w.same(p.Name), d})
	}
	return e, nil
}

// readIAM puts the IAM of an account in place.
func (w *World) readIAM(a *account, docs unshelf, s *savedIAM) (err error) {
	if s == nil {
		return nil
	}
	ids := &identities{}
	a.iam = ids
	for _, x := range s.Roles {
		r := &role{desc: x.Description, session: x.Session, service: x.Service}
		if r.entity, err = w.readEntity(docs, x.savedEntity); err != nil {
			return err
		}
		if r.trust, err = docs.at(x.Trust); err != nil {
			return err
		}
		for _, b := range x.Bound {
			r.bound = append(r.bound, boundPrincipal{b[0], b[1]})
		}
		ids.roles = put(ids.roles, r)
	}
	for _, x := range s.Users {
		if err := w.readUser(a, docs, x); err != nil {
			return err
		}
	}
	for _, x := range s.Groups {
		g := &group{}
		if g.entity, err = w.readEntity(docs, x.savedEntity); err != nil {
			return err
		}
		for _, name := range x.Members {
			u, ok := exactly(ids.users, name)
			if !ok {
				return fmt.Errorf("group %s has a member %s that is no user", x.Name, name)
			}
			g.members = put(g.members, u)
		}
		ids.groups = put(ids.groups, g)
	}
	for _, x := range s.Policies {
		if err := w.readManaged(a, docs, x); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) readUser(a *account, docs unshelf, x savedUser) (err error) {
	u := &user{ssh: readCredentials(x.SSH), certificates: readCredentials(x.Certificates), credentials: readCredentials(x.Credentials)}
	if u.entity, err = w.readEntity(docs, x.savedEntity); err != nil {
		return err
	}
	for _, k := range x.Keys {
		u.keys = append(u.keys, accessKey{k.ID, k.Created})
		w.keys[k.ID] = keyOwner{a.id, u.name}
	}
	for _, d := range x.MFA {
		u.mfa = append(u.mfa, mfaDevice{d.ID, d.Created})
	}
	if x.Login != nil {
		u.login = &login{x.Login.Created, x.Reset}
	}
	a.iam.users = put(a.iam.users, u)
	return nil
}

func (w *World) readManaged(a *account, docs unshelf, x savedManaged) error {
	p := &managedPolicy{
		name: w.same(x.Name), path: w.same(x.Path), id: x.ID, desc: x.Description, arn: "arn:aws:iam::" + a.id + ":policy" + x.Path + x.Name,
		created: x.Created, updated: x.Updated, current: x.Current, last: x.Last, tags: w.sharedTags(x.Tags),
	}
	for _, v := range x.Versions {
		d, err := docs.at(v.Doc)
		if err != nil {
			return err
		}
		p.versions = append(p.versions, policyVersion{v.Number, d, v.Created})
	}
	a.iam.policies = put(a.iam.policies, p)
	return nil
}
