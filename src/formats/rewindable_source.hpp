#pragma once
#include "formats/byte_source.hpp"

namespace tocsin::formats {

/// Bytes that can be read more than once: a file, a body in memory.
class RewindableSource : public ByteSource {
  public:
    /// The next `read` begins at the first byte again.
    virtual Status rewind() = 0;
};

}  // namespace tocsin::formats
