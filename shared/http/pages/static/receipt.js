// An improvement only: without it the code is selected by a tap and printed by the browser itself.
"use strict";
const code = document.getElementById("tanda-terima");
const told = document.getElementById("tersalin");
const copy = document.getElementById("salin");
const print_ = document.getElementById("cetak");

print_.hidden = false;
print_.addEventListener("click", () => window.print());
if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent.trim());
      told.textContent = "● Kode tersalin.";
    } catch {
      window.getSelection().selectAllChildren(code);
      told.textContent = "Peramban tidak mengizinkan penyalinan. Kode sudah dipilih; salin dengan Ctrl+C.";
    }
  });
}
