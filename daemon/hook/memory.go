package hook

import (
	"container/list"
	"sync"
)

// memory knows the deliveries that triggered, the newest of them, up to a limit.
type memory struct {
	mu    sync.Mutex
	limit int
	order *list.List // of keys, the newest in front
	known map[string]*list.Element
}

func newMemory(limit int) *memory {
	return &memory{limit: limit, order: list.New(), known: make(map[string]*list.Element, limit)}
}

// add says whether a push is new. One without an id always is: what comes
// twice is absorbed by who is triggered.
func (m *memory) add(p Push) bool {
	if p.Delivery == "" {
		return true
	}
	key := p.Provider + " " + p.Delivery
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.known[key]; ok {
		m.order.MoveToFront(e)
		return false
	}
	m.known[key] = m.order.PushFront(key)
	if m.order.Len() > m.limit {
		delete(m.known, m.order.Remove(m.order.Back()).(string))
	}
	return true
}
