// After a refused form: browsers that know no `autofocus` but on fields are led to the summary of what is wrong.
"use strict";

document.getElementById("kesalahan")?.focus();
