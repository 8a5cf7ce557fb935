#[harness::test]
fn hi() {
    assert_eq!(harness::expect_panic(|| panic!("x")), "x");
    let t = harness::spawn("a", || 3);
    t.wait_until_blocked();
    assert_eq!(t.join(), 3);
}
#[harness::test(stress)]
#[ignore]
fn hi2() {}
