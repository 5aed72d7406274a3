from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from .user_events import end_sessions


class LogoutEverywhereView(APIView):
    """Logs out all devices of the user who sends the request."""

    permission_classes = [IsAuthenticated]

    def post(self, request):
        end_sessions(request.user, 'logged_out')
        return Response({})
