//! The ways that lines take between boxes, and where their labels stand.
//!
//! Each line tries a few hundred curves, straight and bowed to either side, and keeps the one that costs
//! least: through no box, not along another line, few crossings, short. Then all have another try with the
//! others where they are. Greedy, but the same every time.

use super::geometry::{Curve, Point, Rect, bounds, point};

/// How far a line's end stays from its box.
pub const CLEARANCE: f64 = 2.0;
const SAMPLES: usize = 28;
/// Lines nearer than this look like one.
const NEAR: f64 = 8.0;
/// Of more lines than this nothing could be made that is easy to read: then not much is tried.
const MANY: usize = 150;

/// A line to route: the boxes that it joins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    pub from: usize,
    pub to: usize,
    /// Lines of a lower rank take their way first and do not care about those of a higher one. Those of
    /// rank 0 are straight if no box is in their way, and others would rather not cross them.
    pub rank: u8,
    /// Width and height of its label.
    pub label: (f64, f64),
}

/// A routed line.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub curve: Curve,
    pub label: Rect,
}

/// A curve that a line might take.
struct Candidate {
    /// What it costs whatever the other lines do.
    cost: f64,
    curve: Curve,
    points: Vec<Point>,
    extent: Rect,
    rank: u8,
}

/// Routes all lines between `boxes` and past `obstacles`; also how many things ended up on top of each
/// other that should not.
pub fn routes(boxes: &[Rect], obstacles: &[Rect], wishes: &[Wish]) -> (Vec<Route>, usize) {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    // Short ones first: the long ones can go around them.
    order.sort_by_key(|&line| {
        let wish = wishes[line];
        let length = (boxes[wish.from].centre() - boxes[wish.to].centre()).length();
        (wish.rank, length as u64)
    });
    let (most, passes) = if wishes.len() > MANY {
        (20, 1)
    } else {
        (usize::MAX, 3)
    };
    let candidates: Vec<Vec<Candidate>> = wishes
        .iter()
        .map(|&wish| candidates(boxes, obstacles, wish, most))
        .collect();
    let mut chosen: Vec<Option<&Candidate>> = vec![None; wishes.len()];
    for _ in 0..passes {
        for &line in &order {
            chosen[line] = None;
            chosen[line] = best(&candidates[line], &chosen);
        }
    }
    let curves: Vec<Curve> = chosen.iter().flatten().map(|chosen| chosen.curve).collect();
    let through = |curve: &&Curve| {
        let points = curve.points(100);
        hits(&points, boxes.iter().chain(obstacles), 0.0) > 0
    };
    let through = curves.iter().filter(through).count();
    let (labels, covered) = labels(boxes, obstacles, wishes, &curves, &order);
    let routes = curves.into_iter().zip(labels);
    let routes = routes
        .map(|(curve, label)| Route { curve, label })
        .collect();
    (routes, through + covered)
}

/// How many of the points lie in boxes, or so near.
fn hits<'a>(points: &[Point], boxes: impl Iterator<Item = &'a Rect>, margin: f64) -> usize {
    let extent = bounds(points);
    boxes
        .map(|rect| rect.grown(margin))
        .filter(|rect| rect.overlaps(extent.grown(1.0)))
        .map(|rect| points.iter().filter(|&&at| rect.contains(at)).count())
        .sum()
}

/// All curves for a line, the cheapest first, but no more than `most`.
fn candidates(boxes: &[Rect], obstacles: &[Rect], wish: Wish, most: usize) -> Vec<Candidate> {
    let is_own = |index: usize| index == wish.from || index == wish.to;
    let (own, foreign): (Vec<_>, Vec<_>) = (0..boxes.len()).partition(|&index| is_own(index));
    let own = own.iter().map(|&index| &boxes[index]);
    let foreign = foreign.iter().map(|&index| &boxes[index]);
    let candidate = |(bend, curve): (f64, Curve)| {
        let points = curve.points(SAMPLES);
        let steps = points.windows(2).map(|pair| (pair[1] - pair[0]).length());
        let length: f64 = steps.sum();
        let stub = if length < 22.0 { 30.0 } else { 0.0 };
        // It begins and ends outside of its own boxes, and should not come back. The points are some
        // way apart: what is between two of them counts by the margin.
        let through = hits(&points, own.clone(), 0.5)
            + hits(&points, foreign.clone(), 5.0)
            + hits(&points, obstacles.iter(), 3.0);
        let past = hits(&points, foreign.clone(), 10.0);
        Candidate {
            cost: bend + length * 0.12 + stub + 60.0 * through as f64 + 3.0 * past as f64,
            curve,
            extent: bounds(&points),
            points,
            rank: wish.rank,
        }
    };
    let mut curves = curves(boxes[wish.from], boxes[wish.to], wish);
    if wish.rank == 0 && curves.len() > 1 {
        let straight = curves[0].1.points(SAMPLES);
        if hits(&straight, boxes.iter().chain(obstacles), 0.0) == 0 {
            curves.truncate(1);
        }
    }
    let mut candidates: Vec<Candidate> = curves.into_iter().map(candidate).collect();
    candidates.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    candidates.truncate(most);
    candidates
}

/// The one that costs least beside the others' choices.
fn best<'a>(candidates: &'a [Candidate], others: &[Option<&Candidate>]) -> Option<&'a Candidate> {
    let mut best: Option<(f64, &Candidate)> = None;
    for candidate in candidates {
        let mut cost = candidate.cost;
        let least = best.map_or(f64::INFINITY, |(least, _)| least);
        if cost >= least {
            // Those that follow are no cheaper.
            break;
        }
        let heeded = |other: &&&Candidate| other.rank <= candidate.rank;
        for other in others.iter().flatten().filter(heeded) {
            cost += against(candidate, other);
            if cost >= least {
                break;
            }
        }
        if cost < least {
            best = Some((cost, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// What it costs that two lines end in one place, cross, or run along each other.
fn against(one: &Candidate, other: &Candidate) -> f64 {
    let mut cost = 0.0;
    for (end, weight) in [(one.points[0], 14.0), (one.points[SAMPLES - 1], 20.0)] {
        for there in [other.points[0], other.points[SAMPLES - 1]] {
            let distance = (end - there).length();
            if distance < 13.0 {
                cost += weight * (1.0 - distance / 13.0);
            }
        }
    }
    if !other.extent.grown(NEAR).overlaps(one.extent.grown(1.0)) {
        return cost;
    }
    let is_near = |at: &&Point| {
        let is_near = |there: &Point| {
            let (x, y) = (at.x - there.x, at.y - there.y);
            x * x + y * y < NEAR * NEAR
        };
        other.points.iter().any(is_near)
    };
    let near = one.points.iter().filter(is_near).count();
    let crossings = one.points.windows(2).map(|a| {
        let crosses = |b: &&[Point]| cross(a[0], a[1], b[0], b[1]);
        other.points.windows(2).filter(crosses).count()
    });
    let crossings: usize = crossings.sum();
    let price = if other.rank == 0 { 40.0 } else { 12.0 };
    // Where lines cross they are near each other: that is no more than a crossing.
    cost + price * crossings as f64 + 5.0 * near.saturating_sub(3 * crossings) as f64
}

/// Whether two straight pieces cross.
fn cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |from: Point, to: Point, at: Point| {
        (to.x - from.x) * (at.y - from.y) - (to.y - from.y) * (at.x - from.x)
    };
    (side(a, b, c) > 0.0) != (side(a, b, d) > 0.0) && (side(c, d, a) > 0.0) != (side(c, d, b) > 0.0)
}

/// The straight line, then all other curves that are tried, and what each costs for not being straight.
fn curves(source: Rect, target: Rect, wish: Wish) -> Vec<(f64, Curve)> {
    let (from, to) = (source.centre(), target.centre());
    let (source, target) = (source.grown(CLEARANCE), target.grown(CLEARANCE));
    let mut curves = Vec::new();
    if wish.from == wish.to {
        for (side, cost) in [(1.0, 0.0), (-1.0, 1.0)] {
            let edge = from.x + side * source.width / 2.0;
            let half = source.height / 3.0;
            curves.push((
                cost,
                Curve([
                    point(edge, from.y + half),
                    point(edge + side * 55.0, from.y + 2.0 * half),
                    point(edge + side * 55.0, from.y - 2.0 * half),
                    point(edge, from.y - half),
                ]),
            ));
        }
        return curves;
    }
    let along = (to - from).unit();
    let across = along.turned();
    let third = (to - from) * (1.0 / 3.0);
    let bows = [0.0, 22.0, 40.0, 60.0, 85.0, 115.0, 150.0, 200.0, 260.0];
    let mut bends: Vec<(f64, f64)> = Vec::new();
    for bow in bows {
        bends.extend([(bow, bow), (-bow, -bow)]);
    }
    for bow in [40.0, 70.0, 110.0, 160.0] {
        bends.extend([(bow, 0.0), (-bow, 0.0), (0.0, bow), (0.0, -bow)]);
        bends.extend([(bow, -bow), (-bow, bow)]);
        bends.extend([(bow * 1.6, bow * 0.6), (-bow * 1.6, -bow * 0.6)]);
        bends.extend([(bow * 0.6, bow * 1.6), (-bow * 0.6, -bow * 1.6)]);
    }
    for shift in [0.0, 8.0, -8.0, 16.0, -16.0] {
        let aside = across * shift;
        for &(first, second) in &bends {
            let curve = Curve([
                from + aside,
                from + aside + third + across * first,
                from + aside + third * 2.0 + across * second,
                to + aside,
            ]);
            let Some(curve) = curve.outside(source, target) else {
                continue;
            };
            let wobble = f64::abs(first - second);
            let cost = f64::abs(shift) * 0.3
                + 0.14 * (f64::abs(first) + f64::abs(second)) / 2.0
                + wobble * 0.06;
            curves.push((cost, curve));
        }
    }
    if curves.is_empty() {
        // The boxes touch, or one lies in the other: then just from one to the other.
        curves.push((0.0, Curve([from, from + third, from + third * 2.0, to])));
    }
    curves
}

/// A place for each line's label, on the line or beside it; and how many of them lie on something else.
fn labels(
    boxes: &[Rect],
    obstacles: &[Rect],
    wishes: &[Wish],
    curves: &[Curve],
    order: &[usize],
) -> (Vec<Rect>, usize) {
    let lines: Vec<Vec<Point>> = curves.iter().map(|curve| curve.points(60)).collect();
    let extents: Vec<Rect> = lines.iter().map(|line| bounds(line)).collect();
    let heads: Vec<Rect> = curves
        .iter()
        .map(|curve| bounds(&curve.part(curve.before_end(10.0), 1.0).points(3)).grown(3.0))
        .collect();
    let mut places: Vec<Option<Rect>> = vec![None; curves.len()];
    let mut covered = 0;
    // Twice: at first the others' labels are not all there yet.
    for _ in 0..2 {
        covered = 0;
        for &line in order {
            places[line] = None;
            let mut best: Option<(f64, bool, Rect)> = None;
            for (price, rect) in spots(&curves[line], wishes[line].label) {
                let solid = boxes.iter().chain(obstacles);
                let on = solid
                    .filter(|other| other.grown(1.5).overlaps(rect))
                    .count();
                let labels = places.iter().flatten();
                let on = on
                    + labels
                        .filter(|other| other.grown(1.0).overlaps(rect))
                        .count();
                let mut cost = price + 500.0 * on as f64;
                for (other, points) in lines.iter().enumerate() {
                    let around = rect.grown(4.0);
                    if other != line && around.overlaps(extents[other].grown(1.0)) {
                        let under = points.iter().filter(|&&at| around.contains(at));
                        cost += 2.0 * under.count() as f64;
                    }
                    if heads[other].overlaps(rect) {
                        cost += 25.0;
                    }
                }
                if best.is_none_or(|(least, ..)| cost < least) {
                    best = Some((cost, on > 0, rect));
                }
            }
            covered += usize::from(best.is_some_and(|(_, is_covered, _)| is_covered));
            places[line] = best.map(|(.., rect)| rect);
        }
    }
    let nowhere = Rect::around(point(0.0, 0.0), 0.0, 0.0);
    let places = places.into_iter().map(|place| place.unwrap_or(nowhere));
    (places.collect(), covered)
}

/// Where a label of that size could stand, and what each place costs: best in the middle of the line.
fn spots(curve: &Curve, (width, height): (f64, f64)) -> Vec<(f64, Rect)> {
    let mut spots = Vec::new();
    for step in 4..=16 {
        let t = f64::from(step) / 20.0;
        let at = curve.at(t);
        let across = (curve.at(t + 0.01) - at).unit().turned();
        let reach = (f64::abs(across.x) * width + f64::abs(across.y) * height) / 2.0 + 2.0;
        for (side, price) in [(0.0, 0.0), (1.0, 4.0), (-1.0, 4.0)] {
            let rect = Rect::around(at + across * (reach * side), width, height);
            spots.push((price + f64::abs(t - 0.5) * 12.0, rect));
        }
    }
    spots.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    spots
}
