;; Steps of the optimizer, two or four numbers at a time, in double precision: the same operations in the same order as in
;; TypeScript, so the same bits. `node scripts/generateKernel.mjs` writes it to kernel.ts.
(module
  (import "host" "memory" (memory 0))

  ;; AdamW on an even number of f32 from $p, whose end is $end; $g, $m, $v are gradient and moments.
  (func (export "adamW")
    (param $p i32) (param $end i32) (param $g i32) (param $m i32) (param $v i32)
    (param $factor f64) (param $keep1 f64) (param $take1 f64) (param $keep2 f64) (param $take2 f64)
    (param $decay f64) (param $stepSize f64) (param $correction f64) (param $least f64)
    (local $gradient v128) (local $moment1 v128) (local $moment2 v128)
    (loop $next
      (if (i32.lt_u (local.get $p) (local.get $end)) (then
        (local.set $gradient (f64x2.mul
          (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $g)))
          (f64x2.splat (local.get $factor))))
        (local.set $moment1 (f64x2.add
          (f64x2.mul (f64x2.splat (local.get $keep1)) (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $m))))
          (f64x2.mul (f64x2.splat (local.get $take1)) (local.get $gradient))))
        (local.set $moment2 (f64x2.add
          (f64x2.mul (f64x2.splat (local.get $keep2)) (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $v))))
          (f64x2.mul
            (f64x2.mul (f64x2.splat (local.get $take2)) (local.get $gradient))
            (local.get $gradient))))
        (v128.store64_lane 0 (local.get $m) (f32x4.demote_f64x2_zero (local.get $moment1)))
        (v128.store64_lane 0 (local.get $v) (f32x4.demote_f64x2_zero (local.get $moment2)))
        (v128.store64_lane 0 (local.get $p) (f32x4.demote_f64x2_zero (f64x2.sub
          (f64x2.mul
            (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $p)))
            (f64x2.splat (local.get $decay)))
          (f64x2.div
            (f64x2.mul (f64x2.splat (local.get $stepSize)) (local.get $moment1))
            (f64x2.add
              (f64x2.mul (f64x2.sqrt (local.get $moment2)) (f64x2.splat (local.get $correction)))
              (f64x2.splat (local.get $least)))))))
        (local.set $p (i32.add (local.get $p) (i32.const 8)))
        (local.set $g (i32.add (local.get $g) (i32.const 8)))
        (local.set $m (i32.add (local.get $m) (i32.const 8)))
        (local.set $v (i32.add (local.get $v) (i32.const 8)))
        (br $next)))))

  ;; Sum of the squares of f32 from $x to $end, a multiple of four: four sums, added up at the end.
  (func (export "squares") (param $x i32) (param $end i32) (result f64)
    (local $low v128) (local $high v128) (local $sum1 v128) (local $sum2 v128)
    (loop $next
      (if (i32.lt_u (local.get $x) (local.get $end)) (then
        (local.set $low (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $x))))
        (local.set $high (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $x))))
        (local.set $sum1 (f64x2.add (local.get $sum1) (f64x2.mul (local.get $low) (local.get $low))))
        (local.set $sum2 (f64x2.add (local.get $sum2) (f64x2.mul (local.get $high) (local.get $high))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (br $next))))
    (f64.add
      (f64.add (f64x2.extract_lane 0 (local.get $sum1)) (f64x2.extract_lane 1 (local.get $sum1)))
      (f64.add (f64x2.extract_lane 0 (local.get $sum2)) (f64x2.extract_lane 1 (local.get $sum2))))))
