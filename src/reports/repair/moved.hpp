#pragma once
#include "reports/repair.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// Devices that come up on another address. Private to the room.
namespace tocsin::reports {

/// A value that names one device, and the field it stands in.
struct Device {
    std::string_view identifier;
    std::string value;
};
/// From an event's fields (one JSON object with flat keys); none where no field names a device.
std::optional<Device> device_of(std::string_view fields);
/// The text of a member, as it is written (escapes are left); empty when it is missing or no text.
std::string_view text_of_field(std::string_view fields, std::string_view name);

class Moving {
  public:
    struct Sighting {
        IpAddress address;
        Timestamp at;
        std::string_view finding;
    };
    /// In any order. `what`: only sightings of the same sort are compared.
    void see(Device const& device, Sighting const& sighting, std::string_view what);
    /// The newest first. A value that stood on two addresses at one time names no one device and gives none.
    std::vector<Moved> moves();

  private:
    struct Stay {
        IpAddress address;
        Timestamp first, last;
        std::string finding;
    };
    std::map<std::tuple<std::string, std::string, std::string>, std::vector<Stay>> devices_;
};

}  // namespace tocsin::reports
