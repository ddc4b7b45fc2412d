#!/usr/bin/env node
// Here before the build, so that an install finds what it links.
import "../dist/command/alloc-check.js";
