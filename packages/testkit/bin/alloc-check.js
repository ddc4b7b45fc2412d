#!/usr/bin/env node
// In the repository before the build, so that an install finds a file to link.
import "../dist/command/alloc-check.js";
