//! A spanning tree of sources and sinks with its flows and prices: the basis of the network
//! simplex.

/// No node.
const NONE: u32 = u32::MAX;

/// Where the tree hangs: any node will do.
const ROOT: usize = 0;

/// A node and the arc to its parent, which always leads from a source to a sink.
#[derive(Clone, Copy)]
struct Node {
    parent: u32,
    depth: u32,
    child: u32,
    next: u32,
    previous: u32,
    flow: i64,
}

const ALONE: Node =
    Node { parent: NONE, depth: 0, child: NONE, next: NONE, previous: NONE, flow: 0 };

/// An arc from a source to a sink with its flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arc {
    pub source: usize,
    pub sink: usize,
    pub flow: i64,
}

/// The tree: nodes are the sources, then the sinks.
pub(crate) struct Tree {
    sources: usize,
    nodes: Vec<Node>,
    /// Of sources and sinks: the cost of a tree's arc is the sum of its ends' prices.
    prices: Vec<f64>,
}

impl Tree {
    /// The tree of these arcs, which join all nodes without a circle.
    pub fn new(sources: usize, arcs: &[Arc]) -> Self {
        let count = arcs.len() + 1;
        let mut begins = vec![0usize; count + 1];
        let ends = |arc: &Arc| [arc.source, sources + arc.sink];
        for node in arcs.iter().flat_map(ends) {
            begins[node + 1] += 1;
        }
        for node in 0..count {
            begins[node + 1] += begins[node];
        }
        let mut incident = vec![0usize; 2 * arcs.len()];
        let mut filled = begins.clone();
        for (at, arc) in arcs.iter().enumerate() {
            for node in ends(arc) {
                incident[filled[node]] = at;
                filled[node] += 1;
            }
        }
        let mut tree = Self { sources, nodes: vec![ALONE; count], prices: vec![0.0; count] };
        let mut queue = vec![ROOT];
        while let Some(node) = queue.pop() {
            for at in &incident[begins[node]..begins[node + 1]] {
                let [a, b] = ends(&arcs[*at]);
                let other = if a == node { b } else { a };
                if other as u32 != tree.nodes[node].parent {
                    tree.attach(other, node);
                    tree.nodes[other].flow = arcs[*at].flow;
                    tree.nodes[other].depth = tree.nodes[node].depth + 1;
                    queue.push(other);
                }
            }
        }
        tree
    }

    /// Prices of the sources, and of the sinks.
    pub fn prices(&self) -> (&[f64], &[f64]) {
        self.prices.split_at(self.sources)
    }

    /// Works out all prices anew, the root's being 0: rounding errors of many changes are gone.
    pub fn reprice(&mut self, cost: impl Fn(usize, usize) -> f64) {
        self.prices[ROOT] = 0.0;
        let mut node = ROOT;
        while let Some(next) = self.after(node, ROOT) {
            node = next;
            let arc = self.arc(node);
            self.prices[node] =
                cost(arc.source, arc.sink) - self.prices[self.nodes[node].parent as usize];
        }
    }

    /// All arcs.
    pub fn arcs(&self) -> impl Iterator<Item = Arc> {
        (0..self.nodes.len()).filter(|node| *node != ROOT).map(|node| self.arc(node))
    }

    fn arc(&self, node: usize) -> Arc {
        let Node { parent, flow, .. } = self.nodes[node];
        let (a, b) = (node.min(parent as usize), node.max(parent as usize));
        Arc { source: a, sink: b - self.sources, flow }
    }

    /// Lets the flow change on every arc to that which these masses force.
    pub fn carry(&mut self, sources: &[i64], sinks: &[i64]) {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_unstable_by_key(|node| core::cmp::Reverse(self.nodes[*node].depth));
        // What the nodes below have to spare, a sink's need being negative.
        let mut spare: Vec<i64> =
            sources.iter().copied().chain(sinks.iter().map(|need| -need)).collect();
        for node in order {
            if node != ROOT {
                self.nodes[node].flow =
                    if node < self.sources { spare[node] } else { -spare[node] };
                spare[self.nodes[node].parent as usize] += spare[node];
            }
        }
    }

    /// Brings the arc from `source` to `sink` in, whose cost is its ends' prices and `reduced`, and
    /// lets the arc go that its circle empties first.
    #[inline(never)]
    pub fn microkernel_pivot(&mut self, source: usize, sink: usize, reduced: f64) {
        let sink = self.sources + sink;
        let (leaving, amount) = self.first_emptied(source, sink);
        let cut_below_source = self.send(source, sink, amount, leaving);
        let (end, other) = if cut_below_source { (source, sink) } else { (sink, source) };
        self.hang(end, other, leaving, amount);
        self.shift(end, reduced);
    }

    /// The node whose arc upwards is emptied first by flow from `source` to `sink` and back through
    /// the tree, and how much that takes.
    fn first_emptied(&self, source: usize, sink: usize) -> (usize, i64) {
        let (mut up, mut down) = (sink, source);
        let (mut leaving, mut amount) = (ROOT, i64::MAX);
        while up != down {
            // Flow runs up from the sink, against the arcs of sinks, and down to the source,
            // against those of sources.
            let (node, empties) = if self.nodes[up].depth > self.nodes[down].depth {
                let node = up;
                up = self.nodes[up].parent as usize;
                (node, node >= self.sources)
            } else {
                let node = down;
                down = self.nodes[down].parent as usize;
                (node, node < self.sources)
            };
            if empties && self.nodes[node].flow < amount {
                (leaving, amount) = (node, self.nodes[node].flow);
            }
        }
        (leaving, amount)
    }

    /// Changes the flows of the circle; whether `leaving` lies on the source's side.
    fn send(&mut self, source: usize, sink: usize, amount: i64, leaving: usize) -> bool {
        let (mut up, mut down, mut below_source) = (sink, source, false);
        while up != down {
            let rising = self.nodes[up].depth > self.nodes[down].depth;
            let node = if rising { up } else { down };
            below_source |= !rising && node == leaving;
            let empties = rising == (node >= self.sources);
            self.nodes[node].flow += if empties { -amount } else { amount };
            let parent = self.nodes[node].parent as usize;
            if rising { up = parent } else { down = parent }
        }
        below_source
    }

    /// Cuts the arc above `leaving` and hangs what was below it by `end` under `other`.
    fn hang(&mut self, end: usize, other: usize, leaving: usize, flow: i64) {
        let (mut node, mut above, mut flow) = (end, other, flow);
        loop {
            let Node { parent, flow: old, .. } = self.nodes[node];
            self.detach(node);
            self.attach(node, above);
            self.nodes[node].flow = flow;
            if node == leaving {
                return;
            }
            (above, node, flow) = (node, parent as usize, old);
        }
    }

    /// Sets depths and prices of `top` and all below it; its new arc costs `reduced` more than its
    /// prices say.
    fn shift(&mut self, top: usize, reduced: f64) {
        let change = [reduced, -reduced];
        let same = top < self.sources;
        let mut node = top;
        loop {
            self.nodes[node].depth = self.nodes[self.nodes[node].parent as usize].depth + 1;
            self.prices[node] += change[usize::from((node < self.sources) != same)];
            match self.after(node, top) {
                Some(next) => node = next,
                None => return,
            }
        }
    }

    /// The next node below `top`, parents before children.
    #[inline(always)]
    fn after(&self, node: usize, top: usize) -> Option<usize> {
        if self.nodes[node].child != NONE {
            return Some(self.nodes[node].child as usize);
        }
        let mut node = node;
        while node != top {
            if self.nodes[node].next != NONE {
                return Some(self.nodes[node].next as usize);
            }
            node = self.nodes[node].parent as usize;
        }
        None
    }

    fn attach(&mut self, node: usize, parent: usize) {
        let first = self.nodes[parent].child;
        self.nodes[node].parent = parent as u32;
        self.nodes[node].next = first;
        self.nodes[node].previous = NONE;
        if first != NONE {
            self.nodes[first as usize].previous = node as u32;
        }
        self.nodes[parent].child = node as u32;
    }

    fn detach(&mut self, node: usize) {
        let Node { parent, next, previous, .. } = self.nodes[node];
        match previous {
            NONE => self.nodes[parent as usize].child = next,
            _ => self.nodes[previous as usize].next = next,
        }
        if next != NONE {
            self.nodes[next as usize].previous = previous;
        }
    }
}
