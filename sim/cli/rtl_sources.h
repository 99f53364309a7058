// SPDX-License-Identifier: Apache-2.0
// Which SystemVerilog files make somebody else's module: folders, files and the file lists of simulators.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace binade::sim {

struct RtlPlaces {
  std::vector<std::string> rtl;      ///< files, and folders, which are include paths too
  std::vector<std::string> lists;    ///< of -f
  std::vector<std::string> incdirs;  ///< further include paths
  std::vector<std::string> defines;  ///< NAME or NAME=TEXT
};

struct RtlSources {
  std::vector<std::filesystem::path> files;  ///< in reading order
  std::vector<std::string> arguments;        ///< of Verilator: include paths, macros, libraries
  std::vector<std::string> read;             ///< all lists and sources, needed or not, and the data files that the sources name
  std::vector<std::string> others;           ///< where none of them defines `top`, which a library may: the modules that are there
};

/// The files that `top` needs. A file of a folder or a list is needed where it defines what a needed file names, or defines no
/// module, interface or package at all; files given one by one always are. Lists keep their order; in folders packages come before
/// what uses them, and a folder's sources.f stands for its files. Throws InputError where a file or folder is not there, with the
/// line of the list that names it.
RtlSources rtl_sources(const RtlPlaces& places, const std::string& top);

}  // namespace binade::sim
