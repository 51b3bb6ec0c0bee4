package awssim

import (
	"encoding/json"
	"slices"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// tagInput is the input of GetResources.
type tagInput struct {
	PaginationToken     string
	ResourcesPerPage    *int
	TagsPerPage         *int
	ResourceTypeFilters []string
	ResourceARNList     []string
	TagFilters          []world.TagFilter
}

const tagPage = 100

// taggable are the resource types that are simulated. Those of other services
// have nothing here that an answer could show.
var taggable = []string{
	"organizations", "organizations:account", "organizations:ou", "organizations:policy", "organizations:root", "s3", "s3:bucket",
}

// home is the one region in which the tags of Organizations are found.
const home = "us-east-1"

var tagging = map[string]operation{
	"GetResources": {lags: true, list: "ResourceTagMappingList", noConflict: true, run: func(w *world.World, c *call) (any, error) {
		q := world.Wanted{Region: c.Region, Types: c.tag.ResourceTypeFilters, Filters: c.tag.TagFilters, ARNs: c.tag.ResourceARNList}
		items, next := w.GetResources(c.who.Account, q, c.page)
		return map[string]any{"ResourceTagMappingList": items, "PaginationToken": c.token(next)}, nil
	}},
}

func invalidTagging(what string) error {
	return &world.Error{Code: "InvalidParameterException", Message: what}
}

// readTagging decodes and checks an input of the tagging API.
func readTagging(c *call, _ operation) error {
	c.tag = &tagInput{}
	if len(c.Body) > 0 && json.Unmarshal(c.Body, c.tag) != nil {
		return &world.Error{Code: "SerializationException", Message: "The request body is not of the shape of this operation."}
	}
	c.page.Max = tagPage
	if n := c.tag.ResourcesPerPage; n != nil {
		if *n < 1 || *n > tagPage {
			return invalidTagging("ResourcesPerPage must be from 1 to 100.")
		}
		c.page.Max = *n
	}
	if len(c.tag.ResourceARNList) > 0 && (len(c.tag.TagFilters) > 0 || c.tag.ResourcesPerPage != nil || len(c.tag.ResourceTypeFilters) > 0) {
		return invalidTagging("ResourceARNList cannot stand beside filters.")
	}
	for _, t := range c.tag.ResourceTypeFilters {
		if !slices.Contains(taggable, t) {
			return invalidTagging("Unsupported resource type: " + t + ".")
		}
	}
	if len(c.tag.TagFilters) > 50 || len(c.tag.ResourceARNList) > 100 {
		return invalidTagging("Too many filters.")
	}
	for _, f := range c.tag.TagFilters {
		if f.Key == "" || len(f.Values) > 20 {
			return invalidTagging("A tag filter has a key and at most 20 values.")
		}
	}
	after, ok := c.after(c.tag.PaginationToken)
	if !ok {
		return &world.Error{Code: "PaginationTokenExpiredException", Message: "The specified PaginationToken is not valid any more."}
	}
	c.page.After = after
	return nil
}
