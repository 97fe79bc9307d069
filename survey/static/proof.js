// Finds "challenge-nonce", at most 55 long, whose SHA-256 begins with 1 to 32 zero bits.
function solve(challenge, bits, done) {
  const start = [], k = [], w = new Int32Array(64);
  const turn = (x, i) => x >>> i | x << 32 - i, mix = (x, i, j) => turn(x, i) ^ turn(x, j);
  let nonce = 0, n = 1, i, t, text;
  while (k.length < 64) {
    for (i = 2, n++; n % i;) i++;
    if (i == n && k.push(n ** (1 / 3) % 1 * 2 ** 32 | 0) < 9) start.push(n ** .5 % 1 * 2 ** 32 | 0);
  }
  function head() {
    let [a, b, c, d, e, f, g, h] = start;
    w.fill(0);
    for (i = 0, n = text.length; i <= n; i++) w[i >> 2] |= (text.charCodeAt(i) || 128) << 24 - i % 4 * 8;
    w[15] = n * 8;
    for (i = 0; i < 64; i++) {
      if (i > 15) t = w[i - 15], n = w[i - 2], w[i] = w[i - 16] + (mix(t, 7, 18) ^ t >>> 3) + w[i - 7] + (mix(n, 17, 19) ^ n >>> 10);
      t = h + (mix(e, 6, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + k[i] + w[i];
      n = t + (mix(a, 2, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c);
      h = g, g = f, f = e, e = d + t | 0, d = c, c = b, b = a, a = n | 0;
    }
    return start[0] + a;
  }
  (function work() {
    for (const end = Date.now() + 15; Date.now() < end;) {
      text = challenge + "-" + nonce++;
      if (!(head() >>> 32 - bits)) return done(text);
    }
    setTimeout(work);
  })();
}
