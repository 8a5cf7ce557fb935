//! Points, rectangles and cubic curves. Only sums, products and square roots: the same everywhere.

use std::ops::{Add, Mul, Sub};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

pub fn point(x: f64, y: f64) -> Point {
    Point { x, y }
}

impl Point {
    pub fn length(self) -> f64 {
        (self.x * self.x + self.y * self.y).sqrt()
    }

    /// In the same direction, of length 1; to the right, if it has none.
    pub fn unit(self) -> Point {
        match self.length() {
            0.0 => point(1.0, 0.0),
            length => self * (1.0 / length),
        }
    }

    /// A quarter turn.
    pub fn turned(self) -> Point {
        point(-self.y, self.x)
    }
}

impl Add for Point {
    type Output = Point;
    fn add(self, other: Point) -> Point {
        point(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Point {
    type Output = Point;
    fn sub(self, other: Point) -> Point {
        point(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f64> for Point {
    type Output = Point;
    fn mul(self, factor: f64) -> Point {
        point(self.x * factor, self.y * factor)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub fn around(centre: Point, width: f64, height: f64) -> Rect {
        Rect {
            left: centre.x - width / 2.0,
            top: centre.y - height / 2.0,
            width,
            height,
        }
    }

    pub fn right(self) -> f64 {
        self.left + self.width
    }

    pub fn bottom(self) -> f64 {
        self.top + self.height
    }

    pub fn centre(self) -> Point {
        point(self.left + self.width / 2.0, self.top + self.height / 2.0)
    }

    /// With a margin all around.
    pub fn grown(self, margin: f64) -> Rect {
        Rect::around(
            self.centre(),
            self.width + 2.0 * margin,
            self.height + 2.0 * margin,
        )
    }

    pub fn contains(self, at: Point) -> bool {
        (self.left..=self.right()).contains(&at.x) && (self.top..=self.bottom()).contains(&at.y)
    }

    pub fn overlaps(self, other: Rect) -> bool {
        self.left < other.right()
            && other.left < self.right()
            && self.top < other.bottom()
            && other.top < self.bottom()
    }

    /// Both, and what lies between them.
    pub fn union(self, other: Rect) -> Rect {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        Rect {
            left,
            top,
            width: self.right().max(other.right()) - left,
            height: self.bottom().max(other.bottom()) - top,
        }
    }
}

/// A cubic Bézier curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve(pub [Point; 4]);

impl Curve {
    pub fn at(&self, t: f64) -> Point {
        self.halves(t).0.0[3]
    }

    /// The parts before and after `t`.
    fn halves(&self, t: f64) -> (Curve, Curve) {
        let mix = |a: Point, b: Point| a + (b - a) * t;
        let [a, b, c, d] = self.0;
        let (ab, bc, cd) = (mix(a, b), mix(b, c), mix(c, d));
        let (abc, bcd) = (mix(ab, bc), mix(bc, cd));
        let middle = mix(abc, bcd);
        (Curve([a, ab, abc, middle]), Curve([middle, bcd, cd, d]))
    }

    /// The part from `t` to `u`.
    pub fn part(&self, t: f64, u: f64) -> Curve {
        let (_, rest) = self.halves(t);
        rest.halves((u - t) / (1.0 - t)).0
    }

    /// `count` points from end to end, at even steps of the parameter.
    pub fn points(&self, count: usize) -> Vec<Point> {
        let last = (count - 1) as f64;
        (0..count).map(|step| self.at(step as f64 / last)).collect()
    }

    /// What lies outside of the boxes at its ends; none if nothing does.
    pub fn outside(&self, source: Rect, target: Rect) -> Option<Curve> {
        const STEPS: usize = 40;
        let t = |step: usize| step as f64 / STEPS as f64;
        let is_in = |rect: Rect, step: usize| rect.contains(self.at(t(step)));
        let leaves = (0..STEPS).rfind(|&step| is_in(source, step))?;
        let enters = (leaves + 1..=STEPS).find(|&step| is_in(target, step))?;
        // To the border, by halves.
        let border = |rect: Rect, mut inside: f64, mut outside: f64| {
            for _ in 0..12 {
                let middle = (inside + outside) / 2.0;
                if rect.contains(self.at(middle)) {
                    inside = middle;
                } else {
                    outside = middle;
                }
            }
            outside
        };
        let from = border(source, t(leaves), t(leaves + 1));
        let to = border(target, t(enters), t(enters - 1));
        (from < to).then(|| self.part(from, to))
    }

    /// Where it is `distance` before its end, as the crow flies.
    pub fn before_end(&self, distance: f64) -> f64 {
        const STEPS: usize = 100;
        let t = |step: usize| step as f64 / STEPS as f64;
        let end = self.0[3];
        let is_far = |&step: &usize| (self.at(t(step)) - end).length() >= distance;
        (0..STEPS).rfind(is_far).map_or(0.0, t)
    }
}

/// The smallest rectangle around all of them.
pub fn bounds(points: &[Point]) -> Rect {
    let dot = |p: &Point| Rect::around(*p, 0.0, 0.0);
    let first = points
        .first()
        .map_or(Rect::around(point(0.0, 0.0), 0.0, 0.0), dot);
    points.iter().map(dot).fold(first, Rect::union)
}
